const awayFor = 3_000

/** Calls back when a person comes back to this tab: it becomes visible again, or gets the focus after a while. */
export function onReturn(back: () => void): void {
  let last = Date.now()
  const call = () => {
    last = Date.now()
    back()
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') call()
  })
  window.addEventListener('focus', () => {
    if (Date.now() - last > awayFor) call()
  })
}
