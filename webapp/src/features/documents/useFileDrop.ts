import { onBeforeUnmount, onMounted, ref } from 'vue'

/** Takes a file that is dropped anywhere: one that misses its zone must not replace the page. */
export function useFileDrop(take: (file: File) => void) {
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
    const file = event.dataTransfer?.files[0]
    if (file) take(file)
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
