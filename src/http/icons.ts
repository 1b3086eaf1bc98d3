import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The pictures of the pages, all of one open set (Heroicons, MIT), by what they stand for here. */
const files = {
  overview: 'home',
  services: 'squares-2x2',
  details: 'identification',
  security: 'shield-check',
  sharing: 'arrows-right-left',
  messages: 'envelope',
  requests: 'scale',
  info: 'information-circle',
  good: 'check-circle',
  warn: 'exclamation-triangle',
  bad: 'exclamation-circle',
  device: 'computer-desktop',
  edit: 'pencil-square',
  on: 'chevron-right',
  out: 'arrow-top-right-on-square',
  question: 'question-mark-circle',
} as const

export type IconName = keyof typeof files

/** What is drawn inside a 24 by 24 square, by name; one that nobody knows is a mistake in a view. */
export const createIcons = () => {
  const drawn = new Map(
    Object.entries(files).map(([name, file]) => {
      const path = fileURLToPath(import.meta.resolve(`heroicons/24/outline/${file}.svg`))
      return [name, /<svg[^>]*>([\s\S]*)<\/svg>/.exec(readFileSync(path, 'utf8'))?.[1]?.trim() ?? ''] as const
    }),
  )
  return (name: string): string => {
    const drawing = drawn.get(name)
    if (!drawing) throw new Error(`no icon "${name}"`)
    return drawing
  }
}
