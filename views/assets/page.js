// Comforts for people whose browser runs scripts; every page works without.

for (const button of document.querySelectorAll('[data-show]')) {
  const input = document.getElementById(button.dataset.show)
  const labels = { password: button.textContent, text: button.dataset.hideLabel }
  button.hidden = false
  button.addEventListener('click', () => {
    input.type = input.type === 'password' ? 'text' : 'password'
    button.textContent = labels[input.type]
    button.setAttribute('aria-pressed', String(input.type === 'text'))
    input.focus()
  })
  // Sent as a password, so that no browser offers it among texts typed before.
  input.form?.addEventListener('submit', () => {
    input.type = 'password'
  })
}

for (const button of document.querySelectorAll('[data-copy]')) {
  const said = button.nextElementSibling
  button.hidden = !navigator.clipboard
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
    said.textContent = button.dataset.copied
  })
}

// Times in the reader's own zone, as short as they can be; read aloud, and copied, they are whole.
const { locale } = document.documentElement.dataset
const written = (at, options) => new Intl.DateTimeFormat(locale, options).format(at)
const clock = { hour: '2-digit', minute: '2-digit' }
const dayOf = (at) => new Date(at).setHours(0, 0, 0, 0)
// One letter alone says no day: 土 is written 土曜日.
const dayName = (at) => {
  const short = written(at, { weekday: 'short' })
  return short.length > 1 ? short : written(at, { weekday: 'long' })
}
const shortly = (at) => {
  const now = new Date()
  const days = Math.round((dayOf(now) - dayOf(at)) / 86_400_000)
  if (days === 0) return written(at, clock)
  if (Math.abs(days) < 7) return `${dayName(at)} ${written(at, clock)}`
  const isThisYear = at.getFullYear() === now.getFullYear()
  return written(at, { ...clock, day: 'numeric', month: 'short', ...(!isThisYear && { year: 'numeric' }) })
}
const part = (text, name, value) => {
  const span = document.createElement('span')
  span.setAttribute(name, value)
  span.textContent = text
  return span
}
const writeTimes = () => {
  for (const time of document.querySelectorAll('time[datetime]:not(:has(span))')) {
    const at = new Date(time.dateTime)
    const all = { ...clock, day: 'numeric', month: 'long', year: 'numeric', timeZoneName: 'short' }
    time.replaceChildren(part(shortly(at), 'aria-hidden', 'true'), part(written(at, all), 'class', 'unseen'))
  }
}
writeTimes()
addEventListener('arrived', writeTimes)

// Whoever wants to see them whole presses for it; how they are shown is kept nowhere.
const wholeTimes = document.querySelector('[data-whole-times]')
if (wholeTimes && document.querySelector('time[datetime]')) {
  wholeTimes.hidden = false
  wholeTimes.addEventListener('click', () => {
    const isWhole = document.documentElement.classList.toggle('whole-times')
    wholeTimes.setAttribute('aria-pressed', String(isWhole))
  })
}

// No line ends inside a short word that has a hyphen (sign-in, Mobile-konto, a case's number) or in a date, and in an
// address only at its joint; its bracket and its full stop stay with it. The text stays as it is, for whoever copies or
// searches it. A drawing breaks no lines, and shows no spans.
const pieces =
  /[(（]?[\w.+'-]+@|(?<=@)[a-z0-9.-]*[a-z0-9][)）、。.,;:]*|(?<!\d)\(?\d{1,2} \p{L}+ \d{4}(?!\d)[).,;:]*|\d{4}年\d{1,2}月\d{1,2}日(?:から|まで|に)?[）、。]*|\d+(?:か月|日間|時間|か所)(?:以内|前|後)?|お問い合わせ|プライバシー|ポリシー|[\p{Script=Latin}\p{N}]+(?:-[\p{Script=Latin}\p{N}]+)+/giu
const isShort = (text) => text.length <= (text.split('-').some((part) => part.length <= 3) ? 16 : 14)
const isDate = (text) => / \d{4}\D*$|\d年/.test(text)
const keepWhole = () => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  const found = []
  while (walker.nextNode()) if (/[@年月間所せシ-]| \d{4}/.test(walker.currentNode.data)) found.push(walker.currentNode)
  for (const node of found) {
    // An address that the server parts is parted already.
    const isParted = [node.previousSibling, node.nextSibling].some((beside) => beside?.nodeName === 'WBR')
    if (isParted || node.parentElement.closest('.kept, pre, code, button, select, textarea, script, svg')) continue
    const parts = []
    let end = 0
    for (const { 0: text, index } of node.data.matchAll(pieces)) {
      const isAddress = text.endsWith('@') || node.data[index - 1] === '@'
      const isPiece = isAddress || isDate(text)
      if (!isPiece && !isShort(text)) continue
      parts.push(node.data.slice(end, index), part(text, 'class', isPiece ? 'piece' : 'whole'))
      end = index + text.length
    }
    if (end === 0) continue
    // One element as it was one text, also where a layout puts each beside the other.
    const kept = part('', 'class', 'kept')
    kept.append(...parts, node.data.slice(end))
    node.replaceWith(kept)
  }
}
keepWhole()
addEventListener('arrived', keepWhole)

const start = document.querySelector('[data-focus]') ?? document.querySelector('[role="alert"]')
start?.focus()

// A second press while the first is on its way does nothing; back brings the form back to life. One that is answered by a
// file leaves its page as it is, so that it can be pressed again.
for (const form of document.querySelectorAll('form[method="post"]:not([data-gives-file])')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
  })
}
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})

// Too many files, or too large, are said before they are sent: what was typed beside them would be lost.
for (const input of document.querySelectorAll('input[data-most-bytes]')) {
  input.addEventListener('change', () => {
    const { most, mostBytes, tooMany, tooLarge } = input.dataset
    const bytes = [...input.files].reduce((sum, { size }) => sum + size, 0)
    input.setCustomValidity(input.files.length > most ? tooMany : bytes > mostBytes ? tooLarge : '')
    input.reportValidity()
  })
}

// How long and how varied a new password is. No dictionary comes to the browser: whether it is a common one, or made of
// the person's own details, is judged when it is sent.
for (const meter of document.querySelectorAll('[data-strength]')) {
  const input = document.getElementById(meter.dataset.strength)
  const [bar, words] = meter.children
  input.addEventListener('input', () => {
    const characters = [...input.value.normalize('NFKC')]
    const missing = Number(meter.dataset.minimum) - characters.length
    const different = new Set(characters).size
    const level = missing > 0 ? 1 : different < 6 ? 2 : characters.length < 14 || different < 9 ? 3 : 4
    meter.hidden = characters.length === 0
    bar.style.setProperty('--level', level)
    words.textContent = meter.dataset[['more', 'weak', 'fair', 'good'][level - 1]].replace('#', String(missing))
  })
}
