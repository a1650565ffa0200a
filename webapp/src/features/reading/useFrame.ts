import { onBeforeUnmount, ref, watch } from 'vue'
import type { ShallowRef } from 'vue'
import { usePreferences } from '@/stores/preferences'

const [smallest, largest, step] = [0.8, 2, 0.1]

/**
 * A page in a frame that is as high as what is in it, so that all scrolls as one. Nothing runs inside; its theme and
 * the size of its letters are set from here.
 */
export function useFrame(frame: Readonly<ShallowRef<HTMLIFrameElement | null>>, loaded: () => void) {
  const preferences = usePreferences()
  const height = ref(0)
  const scale = ref(1)
  /** What came was no page: an error of the server, or of something between. */
  const failed = ref(false)
  let observer: ResizeObserver | undefined

  const root = () => frame.value?.contentDocument?.documentElement

  function dress(): void {
    const element = root()
    if (!element) return
    element.dataset.theme = preferences.dark ? 'dark' : 'light'
    element.style.fontSize = `${scale.value * 100}%`
  }

  function measure(): void {
    height.value = Math.ceil(root()?.getBoundingClientRect().height ?? 0)
  }

  function load(): void {
    const page = frame.value?.contentDocument
    const element = root()
    failed.value = !page || !element || page.contentType !== 'text/html'
    if (failed.value || !element) return
    dress()
    observer?.disconnect()
    observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    loaded()
  }

  function zoom(direction: 1 | -1): void {
    scale.value = Math.min(
      largest,
      Math.max(smallest, Math.round((scale.value + direction * step) * 10) / 10),
    )
  }

  watch([() => preferences.dark, scale], dress)
  onBeforeUnmount(() => observer?.disconnect())

  return { height, scale, failed, load, zoom }
}
