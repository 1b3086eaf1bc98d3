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
    if (!other || inUse || shownBy(other) === shownBy(element)) continue
    element.replaceWith(document.adoptNode(other))
    for (const each of changedIn(other, element)) each.classList.add('arrived')
    dispatchEvent(new Event('arrived'))
    if (other.dataset.live !== 'quiet') say(other)
  }
  return true
}

// What shows that something arrived: the rows that are new or say something else, or all of it where it has none.
const changedIn = (fresh, shown) => {
  const before = new Map([...shown.querySelectorAll('[data-part]')].map((part) => [part.dataset.part, shownBy(part)]))
  const parts = [...fresh.querySelectorAll('[data-part]')]
  return parts.length > 0 ? parts.filter((part) => before.get(part.dataset.part) !== shownBy(part)) : [fresh]
}

// A form's token is never the same twice where browsers have just met, and a time is the same however it is written, as
// is a word that was kept whole.
const shownBy = (element) =>
  element.innerHTML
    .replace(/name="csrf" value="[^"]*"/g, '')
    .replace(/<time datetime="([^"]*)"[^>]*>[\s\S]*?<\/time>/g, '$1')
    .replace(/<span class="(?:whole|piece)">([^<]*)<\/span>/g, '$1')
    .replace(/<span class="kept">([^<]*)<\/span>/g, '$1')

// What changed is said once to whoever does not see it: a line in full, of a larger part what it is called.
const said = document.createElement('p')
said.className = 'unseen'
said.setAttribute('role', 'status')
document.body.append(said)
const say = (element) => {
  const heard = element.cloneNode(true)
  for (const unheard of heard.querySelectorAll('[aria-hidden], script')) unheard.remove()
  const words = heard.textContent.replace(/\s+/g, ' ').trim()
  said.textContent = [element.dataset.called, words.length <= 160 && words].filter(Boolean).join(': ')
}

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
