import { computed } from 'vue'
import { readerOf } from '@/features/reading/kind'
import { UNREADABLE } from '@/features/reading/useDisplayed'
import type { Displayed } from '@/features/reading/useDisplayed'
import type { Reading } from '@/features/reading/useReading'
import type { Document } from '@/services/types'

/** Why the document cannot be acknowledged yet. `file`: what was read has to be shown first. */
export type Hindrance = 'different' | 'unavailable' | 'unread' | 'checking' | 'file'

export function useHindrance(document: () => Document, reading: Reading, displayed: Displayed) {
  return computed<Hindrance | null>(() => {
    const shown = document()
    const { fullRead, checksumRequired, download } = shown.reader
    const integrated = readerOf(shown) !== null
    if (displayed.state === 'different') return 'different'
    if (integrated && displayed.state === 'unavailable') {
      // What only this browser cannot show may be read by its own program.
      if (displayed.problem?.code !== UNREADABLE || !download || fullRead) return 'unavailable'
      return checksumRequired ? 'file' : null
    }
    // Nobody acknowledges what has not come yet.
    if (integrated && displayed.state === 'checking') return 'checking'
    if (integrated && fullRead && !reading.complete) return 'unread'
    if (!checksumRequired || displayed.checksum) return null
    return integrated ? 'checking' : 'file'
  })
}
