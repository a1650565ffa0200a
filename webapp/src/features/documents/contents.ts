import { regional } from '@/composables/dates'
import { currentLocale, t } from '@/i18n'
import type { DocumentContent } from '@/services/types'

const kinds: Record<DocumentContent['kind'], () => string> = {
  pdf: () => t('contents.pdf'),
  image: () => t('contents.image'),
  markdown: () => t('contents.markdown'),
  html: () => t('contents.html'),
  text: () => t('contents.text'),
  other: () => t('contents.other'),
}
export const kindText = (content: DocumentContent): string => kinds[content.kind]()

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']

/** A size as the reader writes it, to two digits: 2.3 MB, 640 kB. */
export function sizeText(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const size = bytes / 1_000 ** power
  return new Intl.NumberFormat(regional(currentLocale()), {
    style: 'unit',
    unit: units[power]!,
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: size < 10 ? 1 : 0,
  }).format(size)
}

/** What the server takes in, by the ending of a file's name. */
const readable = ['pdf', 'png', 'jpg', 'jpeg', 'gif', 'webp', 'md', 'markdown', 'html', 'htm', 'txt']
const downloaded = ['docx', 'xlsx', 'pptx', 'odt', 'ods', 'odp', 'zip']
export const acceptedFiles = [...readable, ...downloaded].map((ending) => `.${ending}`).join(',')

const ending = (name: string) => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''

/** Whether a file will probably be shown in the page; the server looks into it and knows better. */
export const looksReadable = (name: string): boolean => readable.includes(ending(name))

const lengths = { 'SHA-256': 64, 'SHA-512': 128, MD5: 32 }

/** Code of what is wrong with a checksum that somebody has typed; none for an empty one. */
export function checksumCode(checksum: string, algorithm: keyof typeof lengths): string | undefined {
  const text = checksum.trim()
  if (text === '' || (/^[0-9a-f]+$/i.test(text) && text.length === lengths[algorithm])) return undefined
  return 'checksum.invalid'
}

export const isAddress = (text: string): boolean => {
  const trimmed = text.trim()
  if (!/^https?:\/\/[^\s]+$/i.test(trimmed)) return false
  try {
    return new URL(trimmed).host !== ''
  } catch {
    return false
  }
}
