import { readFileSync } from 'node:fs'
import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { applyLocale } from '@/i18n'
import { mount, violations } from '@/test/mount'
import { serve } from '@/test/server'
import VerifyPage from './VerifyPage.vue'

const folder = '../backend/pkg/proof/testdata/'
const keys = readFileSync(`${folder}keys.json`, 'utf8')
const entry = (i: number) => readFileSync(`${folder}entry-${String(i).padStart(2, '0')}.tlog-proof`)
const receipt = (i = 2, name = 'policy.tlog-proof') => new File([entry(i)], name)

async function open(answer: () => Response = () => new Response(keys)) {
  const sent = serve({ 'GET /ledger/keys': answer })
  const view = await mount(VerifyPage, { path: '/verify' })
  await screen.findByText(/^Keys in use|^This site’s keys cannot/)
  return { sent, view }
}
const unreachable = () => {
  throw new TypeError('no network')
}
const choose = (...files: File[]) =>
  userEvent.setup({ applyAccept: false }).upload(screen.getByLabelText('Choose a file'), files)

describe('the page that verifies receipts', () => {
  it('says who has acknowledged exactly what, when, where, and what is not proven', async () => {
    const { view, sent } = await open()
    expect(await violations(view.container)).toEqual([])
    await choose(receipt())
    const heading = await screen.findByRole('heading', { name: 'Proven' })
    expect(document.activeElement).toBe(heading)
    const card = heading.closest('section')?.textContent ?? ''
    expect(card).toContain('Zoë "Z" Müller\\u{2028} acknowledged having read “Politique de sécurité 2026”.')
    expect(card).toContain('https://docs.example.com/policy.pdf')
    expect(card).toContain('Je certifie avoir lu et compris ce document.')
    expect(card).toContain('2026-11-21 09:00:02.000002 UTC')
    expect(card).toContain('Entry 2, counted from 0, of the ledger sign.example.com/ledger')
    expect(card).toContain('Not proven: that the operator did not invent it.')
    expect(card).toContain('policy.tlog-proof')
    expect(screen.getByText('Je certifie avoir lu et compris ce document.').getAttribute('lang')).toBe('fr')
    expect(await violations(view.container)).toEqual([])
    expect(sent.map((request) => request.path)).toEqual(['/ledger/keys'])
  })

  it('says what is wrong with a forged one', async () => {
    const { view } = await open()
    const forged = entry(2).toString('latin1').replace('index 2', 'index 1')
    await choose(new File([Buffer.from(forged, 'latin1')], 'forged.tlog-proof'))
    await screen.findByRole('heading', { name: 'Not valid' })
    expect(screen.getByText('The receipt names another position than the statement.')).toBeTruthy()
    expect(await violations(view.container)).toEqual([])
  })

  it('proves the receipt attached to a certificate, not its printed text', async () => {
    const { view } = await open()
    const object = `9 0 obj\n<</Type /EmbeddedFile /Length ${entry(2).length}>>\nstream\n`
    const pdf = new File(['%PDF-1.7\n', object, entry(2), '\nendstream\nendobj\n'], 'certificate.pdf')
    await choose(pdf)
    await screen.findByRole('heading', { name: 'Proven' })
    expect(screen.getByText(/^Not proven: the text printed in the PDF/)).toBeTruthy()
    expect(await violations(view.container)).toEqual([])
  })

  it('remembers the keys, and says so when it uses them', async () => {
    const { view } = await open()
    view.unmount()
    await open(unreachable)
    expect(screen.getByText(/as remembered on/)).toBeTruthy()
    await choose(receipt())
    await screen.findByRole('heading', { name: 'Proven' })
  })

  it('proves nothing without keys, until it is given a keys file', async () => {
    const { view } = await open(unreachable)
    await choose(receipt())
    await screen.findByRole('heading', { name: 'Consistent in itself, issuer unknown' })
    expect(await violations(view.container)).toEqual([])
    await choose(new File([keys], 'acme-keys.json'))
    await screen.findByRole('heading', { name: 'Proven' })
    expect(screen.getByText(/checked against the keys file acme-keys\.json/)).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Use this site’s keys' }))
    await screen.findByRole('heading', { name: 'Consistent in itself, issuer unknown' })
  })

  it('trusts nobody when the site answers with something else', async () => {
    await open(() => new Response('<!doctype html>'))
    expect(screen.getByText(/^This site’s keys cannot be had/)).toBeTruthy()
  })

  it.each<[string, () => File[]]>([
    ['This file is empty', () => [new File([], 'a.tlog-proof')]],
    ['too large for a receipt', () => [new File([new Uint8Array((1 << 20) + 1)], 'a.tlog-proof')]],
    ['too large for a certificate', () => [new File(['%PDF-1.7', new Uint8Array(8 << 20)], 'a.pdf')]],
    ['no receipt attached', () => [new File(['%PDF-1.7'], 'a.pdf')]],
    ['This is not a receipt', () => [new File(['GIF89a'], 'a.gif')]],
    ['This is not a keys file', () => [new File(['{"keys":[]}'], 'a.json')]],
    ['One receipt at a time', () => [receipt(1), receipt(2)]],
  ])('says “%s”', async (text, files) => {
    const { view } = await open()
    await choose(...files())
    expect((await screen.findByRole('alert')).textContent).toContain(text)
    expect(await violations(view.container)).toEqual([])
  })

  it('checks what is dropped or pasted, and refuses a folder', async () => {
    await open()
    const drop = (items: object[], files: File[]) => {
      const event = new Event('drop', { bubbles: true, cancelable: true })
      Object.assign(event, { dataTransfer: { types: ['Files'], items, files } })
      document.dispatchEvent(event)
    }
    drop([{ webkitGetAsEntry: () => ({ isDirectory: true, name: 'receipts' }) }], [])
    expect((await screen.findByRole('alert')).textContent).toContain('This is a folder')
    drop([], [receipt()])
    await screen.findByRole('heading', { name: 'Proven' })
    const paste = new Event('paste', { bubbles: true })
    const text = entry(4).toString().replaceAll('\n', '\r\n')
    Object.assign(paste, { clipboardData: { files: [], getData: () => text } })
    document.dispatchEvent(paste)
    await screen.findByText(/deleted the document k7m2n4p8/)
  })

  it.each([
    [0, 'published a revision of “Politique de sécurité 2026”'],
    [1, 'zoe@example.com was asked to acknowledge'],
    [5, 'The server’s keys were changed.'],
    [7, 'restored the document'],
    [8, 'is no longer asked'],
    [9, 'declined to acknowledge'],
    [10, 'content of these entries erased: 1, 2, 8'],
    [11, 'does not continue an earlier checkpoint'],
    [12, 'A record was imported from ackify-ce'],
  ])('knows what entry %i means', async (i, text) => {
    await open()
    await choose(receipt(i))
    const heading = await screen.findByRole('heading', { name: 'Proven' })
    expect(heading.closest('section')?.textContent).toMatch(new RegExp(text))
  })

  it('says that it does not know an unknown type, and speaks the reader’s language', async () => {
    const { receipts } = JSON.parse(readFileSync(`${folder}forgeries.json`, 'utf8')) as {
      receipts: { name: string; receipt: string }[]
    }
    const unknown = receipts.find(({ name }) => name === 'payload: unknown type')?.receipt ?? ''
    await open()
    await applyLocale('de')
    await waitFor(() => screen.getByText('Datei auswählen'))
    const input = screen.getByLabelText('Datei auswählen')
    await userEvent
      .setup({ applyAccept: false })
      .upload(input, new File([Buffer.from(unknown, 'base64')], 'x.tlog-proof'))
    const heading = await screen.findByRole('heading', { name: 'Bewiesen' })
    expect(heading.closest('section')?.textContent).toContain('Diese Version kennt dessen Bedeutung nicht')
  })
})
