/** A person with a keyboard and nothing else: every control is found by pressing Tab until it has the focus. */
import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'

/** More presses than any page has stops: past this the focus goes round or is caught somewhere. */
const patience = 150

/** Of radios that belong together one is a stop, and arrows lead on to the others. */
const stops = `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter((each) => each.checkVisibility() && !each.disabled && (each.type !== 'radio' || each.checked))`

/** What is wrong where the focus is now, seen from where it was before; nothing when all is well. */
const lookAtFocus = `(async () => {
  const here = document.activeElement
  if (!here || here === document.body) return []
  const name = (here.getAttribute('aria-label') || here.name || here.textContent).trim().slice(0, 40)
  const ring = (element) => { const { outline, boxShadow } = getComputedStyle(element); return outline + boxShadow }
  const part = (element) => element.closest('header, nav, main, footer, body')
  const isSeen = () => {
    const { left, top, width, height } = here.getBoundingClientRect()
    const onTop = document.elementFromPoint(left + width / 2, top + height / 2)
    return onTop !== null && (here.contains(onTop) || onTop.contains(here))
  }
  const { before } = window
  // A date has stops of its own within.
  if (before?.element === here) return []
  const found = []
  // The browser may still be on its way there.
  if (!isSeen()) await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  if (!isSeen()) found.push('cannot be seen')
  const box = here.getBoundingClientRect()
  if (before?.element.isConnected) {
    if (ring(before.element) === before.ring) found.push('comes after ' + before.name + ', whose focus nobody saw')
    const isAbove = box.bottom + scrollY <= before.top
    const isToTheRight = box.left > before.left
    const isEarlier = before.element.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_PRECEDING && here !== ${stops}[0]
    if (isEarlier || (part(here) === before.part && isAbove && !isToTheRight)) found.push('stands before ' + before.name + ' and comes after it')
  }
  window.before = { element: here, name, ring: ring(here), part: part(here), top: box.top + scrollY, left: box.left }
  return found.map((fault) => name + ' ' + fault)
})()`

export const aKeyboard = (page: Page) => {
  const press = (key: string): Promise<void> => page.keyboard.press(key)
  const hasFocus = (wanted: Locator): Promise<boolean> => wanted.evaluate((element) => element.matches(':focus'))

  const step = async (key: 'Tab' | 'Shift+Tab'): Promise<void> => {
    await press(key)
    if (key === 'Tab') assert.deepEqual(await page.evaluate(lookAtFocus), [], page.url())
  }

  const reach = async (wanted: Locator): Promise<void> => {
    await wanted.waitFor()
    for (let presses = 0; presses < patience; presses++) {
      if (await hasFocus(wanted)) return
      await step('Tab')
    }
    assert.fail(`Tab does not lead to ${wanted} at ${page.url()}`)
  }

  return {
    press,
    hasFocus,
    reach,

    /** Where it is a text, the whole of it is written anew. */
    write: async (field: string, text: string): Promise<void> => {
      const control = page.getByLabel(field, { exact: true })
      await reach(control)
      if ((await control.getAttribute('type')) !== 'date' && (await control.inputValue()))
        await press('ControlOrMeta+a')
      await page.keyboard.type(text)
    },

    enter: async (role: 'button' | 'link', name: string, within: Page | Locator = page): Promise<void> => {
      await reach(within.getByRole(role, { name, exact: true }))
      await press('Enter')
    },

    /** From the top to the end and back again: every control is met, so nothing is passed by and nothing keeps the focus. */
    goRound: async (): Promise<void> => {
      await page.evaluate('document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)')
      const all = Number(await page.evaluate(`${stops}.length`))
      for (const key of ['Tab', 'Shift+Tab'] as const) {
        const met = new Set<unknown>()
        for (let presses = 0; presses < patience && met.size < all; presses++) {
          await step(key)
          const at = await page.evaluate(`${stops}.indexOf(document.activeElement)`)
          if (at !== -1) met.add(at)
        }
        assert.equal(met.size, all, `${key} does not meet everything at ${page.url()}`)
      }
      await page.evaluate('delete window.before')
    },
  }
}

export type Keyboard = ReturnType<typeof aKeyboard>
