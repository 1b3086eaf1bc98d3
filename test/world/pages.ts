/** A page as its reader has it: its words, its forms, its links; parsed, never searched as text. */
import assert from 'node:assert/strict'
import { type HTMLElement, NodeType, parse } from 'node-html-parser'
import type { Visit } from './browser.ts'

type Page = Pick<Visit, 'text'>

export const documentOf = ({ text }: Page): HTMLElement => {
  const root = parse(text)
  return root.querySelector('html') ?? root
}

/** Where a word may go on in the next line: still one word. */
const mayBreak = '\u{200B}'

/** What people read in a part of a page: no tags, single spaces. */
export const wordsIn = (part: HTMLElement): string => {
  const words = (node: HTMLElement['childNodes'][number]): string[] => {
    if (node.nodeType === NodeType.TEXT_NODE) return [node.text]
    if (['SCRIPT', 'STYLE', 'NOSCRIPT'].includes((node as HTMLElement).tagName)) return []
    if ((node as HTMLElement).tagName === 'WBR') return [mayBreak]
    return node.childNodes.flatMap(words)
  }
  return words(part).join(' ').replaceAll(` ${mayBreak} `, '').replace(/\s+/g, ' ').trim()
}

export const readable = (page: Page): string => wordsIn(documentOf(page))

/** The elements with this test id, in the order of the page. */
export const partsOf = (page: Page, testId: string): HTMLElement[] =>
  documentOf(page).querySelectorAll(`[data-testid="${testId}"]`)

/** What is read in each of them. */
export const testIds = (page: Page, id: string): string[] => partsOf(page, id).map(wordsIn)

export const tokenOf = (page: Page): string =>
  documentOf(page).querySelector('input[name="csrf"]')?.getAttribute('value') ?? ''

/** Every form that is posted, in the order of the page. */
export const formsOf = (page: Page): { action: string; form: HTMLElement }[] =>
  documentOf(page)
    .querySelectorAll('form')
    .filter((form) => form.getAttribute('method') === 'post')
    .map((form) => ({ action: form.getAttribute('action') ?? '', form }))

/** The addresses that it leads to. */
export const linksOf = (page: Page): string[] =>
  documentOf(page)
    .querySelectorAll('[href]')
    .map((link) => link.getAttribute('href') ?? '')

const valueIn = (field: HTMLElement): string | undefined => {
  const type = field.getAttribute('type') ?? ''
  if (['radio', 'checkbox'].includes(type) && !field.hasAttribute('checked')) return undefined
  if (field.tagName === 'TEXTAREA') return field.text
  if (field.tagName === 'SELECT') return field.querySelector('option[selected]')?.getAttribute('value') ?? ''
  return field.getAttribute('value') ?? (type === 'checkbox' ? 'on' : '')
}

/** The fields that the form with this action carries by itself. */
export const fieldsOf = (page: Visit, action: string): Record<string, string> => {
  const form = documentOf(page)
    .querySelectorAll('form')
    .find((each) => each.getAttribute('action') === action)
  assert.ok(form, `no form ${action} at ${page.url} (${page.status})`)
  return Object.fromEntries(
    form.querySelectorAll('input, textarea, select').flatMap((field) => {
      const [name, value] = [field.getAttribute('name'), valueIn(field)]
      return name && value !== undefined ? [[name, value]] : []
    }),
  )
}
