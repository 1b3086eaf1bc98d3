import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Eta } from 'eta/core'

/** A view that can't be compiled: said at the start, not to the first person who meets it. */
export class ViewsError extends Error {
  constructor(issues: string[]) {
    super(`views that do not compile:\n${issues.map((issue) => `  ${issue}`).join('\n')}`)
    this.name = 'ViewsError'
  }
}

/**
 * All of `views/`, compiled at the start. Output is escaped, and a value that is not there is an error: a page never
 * says "undefined" to a person. `helpers` names what goes down into every part; a part sees nothing else of its page.
 */
export const createViews = (dir: string, helpers: readonly string[]) => {
  const eta = viewEngine(new Set(helpers))
  const issues: string[] = []
  for (const path of readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!path.endsWith('.eta')) continue
    const name = path.replaceAll('\\', '/').slice(0, -'.eta'.length)
    try {
      eta.loadTemplate(`@${name}`, readFileSync(join(dir, path), 'utf8'))
    } catch (error) {
      issues.push(`${path}: ${(error as Error).message}`)
    }
  }
  if (issues.length > 0) throw new ViewsError(issues)

  return {
    render: (view: string, data: Record<string, unknown>): string => eta.render(view, data),
  }
}

/**
 * Knows only what was compiled at the start: a name is looked up, never a file opened. eta's `include` and `layout`
 * copy the own members of `it`, for each part anew: it has none. What a view is given it inherits, so that it stays
 * behind; what goes down every part inherits from the same object. Rendering is one turn, so one variable holds that.
 */
const viewEngine = (helpers: ReadonlySet<string>): Eta => {
  const eta = new Eta({ autoEscape: true, autoFilter: true, filterFunction: present, cache: true })
  const renderNamed = eta.render
  type Named = Record<string, unknown>
  let goesDown: Named | null = null
  eta.render = (view, data) => {
    if (typeof view !== 'string') throw new TypeError('a view is called by its name')
    const outer = goesDown
    const given: Named = {}
    for (const [name, value] of Object.entries(data)) {
      if (!helpers.has(name)) given[name] = value
      else {
        if (goesDown === outer) goesDown = Object.create(outer) as Named
        goesDown![name] = value
      }
    }
    Object.setPrototypeOf(given, goesDown)
    try {
      return renderNamed.call(eta, `@${view.replace(/^[/@]/, '')}`, Object.create(given))
    } finally {
      goesDown = outer
    }
  }
  return eta
}

const present = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'function') return present(value())
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new TypeError(`a view shows a value that is ${value === null ? 'null' : typeof value}`)
}
