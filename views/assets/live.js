// Elements with an id and `data-live` show changes by themselves: the page is read again every few seconds (or as many
// as `data-live` says) and the element replaced where it differs. Nothing moves while somebody is using it.

const seconds = Math.min(
  ...[...document.querySelectorAll('[data-live]')].map((element) => Number(element.dataset.live) || 3),
)

const readAgain = async () => {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' }, credentials: 'same-origin' })
  // Signed out meanwhile, or the page is no more: what is shown stays, and asking ends.
  if (!answer.ok || answer.redirected) return false
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const element of document.querySelectorAll('[data-live][id]')) {
    const other = fresh.getElementById(element.id)
    const inUse = element.contains(document.activeElement) || element.querySelector('details[open]')
    if (other && !inUse && shownBy(other) !== shownBy(element)) element.replaceWith(document.adoptNode(other))
  }
  return true
}

// A form's token is never the same twice where browsers have just met; it is no change anybody sees.
const shownBy = (element) => element.innerHTML.replace(/name="csrf" value="[^"]*"/g, '')

const later = () => setTimeout(look, seconds * 1000)
const look = async () => {
  if (document.hidden) return document.addEventListener('visibilitychange', look, { once: true })
  try {
    if (await readAgain()) later()
  } catch {
    later()
  }
}

if (Number.isFinite(seconds)) later()
