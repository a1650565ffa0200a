import type { Document, ReaderChoice, ReaderOptions } from '@/services/types'

/** What decides how a document can be read. What is not known yet hinders nothing: the server judges. */
export interface ReadingFacts {
  /** It has an address of its own */
  address: boolean
  /** The server keeps a file of it */
  kept: boolean | undefined
  /** That file can be shown in the page */
  readable: boolean | undefined
  checksum: boolean | undefined
}

export const plainOptions: ReaderOptions = {
  mode: 'integrated',
  download: true,
  fullRead: false,
  checksumRequired: false,
}

/** Whether readers would have nothing else than the download. */
export const onlyDownload = ({ mode }: Pick<ReaderOptions, 'mode'>, facts: ReadingFacts): boolean =>
  mode === 'external' && !facts.address && facts.kept !== false

/** The options without what contradicts the content or each other. */
export function fit(options: ReaderOptions, facts: ReadingFacts): ReaderOptions {
  const mode = facts.readable === false ? 'external' : options.mode
  return {
    mode,
    download: options.download || onlyDownload({ mode }, facts),
    fullRead: options.fullRead && mode === 'integrated',
    checksumRequired: options.checksumRequired && facts.checksum !== false,
  }
}

/** Of the fitting options, those that somebody has chosen: the others are the server's to choose. */
export function chosenOf(choice: ReaderChoice, fitted: ReaderOptions): ReaderChoice | undefined {
  const names = Object.keys(choice) as (keyof ReaderChoice)[]
  if (names.length === 0) return undefined
  return Object.fromEntries(names.map((name) => [name, fitted[name]]))
}

/** What decides it for a document that is there. */
export function factsOf({ url, content, checksum }: Document): ReadingFacts {
  return {
    address: url !== '',
    kept: content !== undefined,
    readable: content !== undefined && content.kind !== 'other',
    checksum: checksum !== '',
  }
}
