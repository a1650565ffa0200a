import { onBeforeUnmount, onMounted, ref } from 'vue'

/**
 * Takes what is dropped anywhere on the page: a file that misses its zone must not replace the page. A folder, which
 * nothing can read, goes to `refuse` by its name.
 */
export function useFileDrop(take: (files: File[]) => void, refuse: (folder: string) => void) {
  const over = ref(false)
  const holdsFiles = (event: DragEvent) => [...(event.dataTransfer?.types ?? [])].includes('Files')

  function dragOver(event: DragEvent): void {
    if (!holdsFiles(event)) return
    event.preventDefault()
    over.value = true
  }
  function leave(event: DragEvent): void {
    if (!event.relatedTarget) over.value = false
  }
  function drop(event: DragEvent): void {
    over.value = false
    if (!holdsFiles(event)) return
    event.preventDefault()
    const items = [...(event.dataTransfer?.items ?? [])]
    const folder = items.map((item) => item.webkitGetAsEntry?.()).find((entry) => entry?.isDirectory)
    if (folder) return refuse(folder.name)
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length > 0) take(files)
  }

  onMounted(() => {
    document.addEventListener('dragover', dragOver)
    document.addEventListener('dragleave', leave)
    document.addEventListener('drop', drop)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('dragover', dragOver)
    document.removeEventListener('dragleave', leave)
    document.removeEventListener('drop', drop)
  })
  return over
}
