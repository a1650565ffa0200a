import type { Ref } from 'vue'
import { useFileDrop } from '@/composables/fileDrop'
import type { FieldCodes } from '@/composables/form'

interface Sending {
  errors: Ref<FieldCodes<'file'>>
  busy: Ref<boolean>
}

/** Makes the one file that is dropped anywhere the document's; what is no one file is refused at the field. */
export function useDroppedFile(file: Ref<File | null>, { errors, busy }: Sending, choose: () => void) {
  function put(dropped: File | null, code?: string): void {
    if (busy.value) return
    choose()
    file.value = dropped
    const found = { ...errors.value }
    delete found.file
    errors.value = code ? { ...found, file: code } : found
  }
  return useFileDrop(
    (files) =>
      put(files.length === 1 ? (files[0] ?? null) : null, files.length > 1 ? 'file.several' : undefined),
    () => put(null, 'file.folder'),
  )
}
