// Runs before the first paint, so that nobody sees the wrong theme flash. Keep in step with src/stores/preferences.ts.
;(function () {
  var chosen = null
  try {
    chosen = localStorage.getItem('ackify.theme')
  } catch (e) {
    // Storage is refused: follow the system.
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
