import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Eta } from 'eta/core'

/** Views that can't be compiled. */
export class ViewsError extends Error {
  constructor(issues: string[]) {
    super(`views that do not compile:\n${issues.map((issue) => `  ${issue}`).join('\n')}`)
    this.name = 'ViewsError'
  }
}

/**
 * All of `views/`, each compiled when it is first shown. Output is escaped, and a value that is not there is an error: a
 * page never says "undefined" to a person. `helpers` names what goes down into every part; a part sees nothing else of
 * its page. With `compact` one space is left of what indents a view: in HTML it says as much, and eta takes a tag's line
 * break.
 */
export const createViews = (dir: string, helpers: readonly string[], { compact = false } = {}) => {
  const read = (name: string): string => (compact ? textOf(dir, name).replace(/\n\s+/g, '\n ') : textOf(dir, name))
  const eta = viewEngine(dir, new Set(helpers), read)
  return {
    render: (view: string, data: Record<string, unknown>): string => eta.render(view, data),
  }
}

/** Throws a ViewsError with every view that can't be compiled: said to us, not to the first person who meets it. */
export const checkViews = (dir: string): void => {
  const eta = new Eta()
  const issues: string[] = []
  for (const name of viewsIn(dir)) {
    try {
      eta.compile(textOf(dir, name))
    } catch (error) {
      issues.push(`${name}.eta: ${(error as Error).message}`)
    }
  }
  if (issues.length > 0) throw new ViewsError(issues)
}

const textOf = (dir: string, name: string): string => readFileSync(join(dir, `${name}.eta`), 'utf8')

const viewsIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.eta'))
    .map((path) => path.replaceAll('\\', '/').slice(0, -'.eta'.length))
    .sort()

/**
 * A name is looked up in the list of what there is, never opened as a file of that name. eta's `include` and `layout`
 * copy the own members of `it`, for each part anew: it has none. What a view is given it inherits, so that it stays
 * behind; what goes down every part inherits from the same object. Rendering is one turn, so one variable holds that.
 */
const viewEngine = (dir: string, helpers: ReadonlySet<string>, read: (name: string) => string): Eta => {
  const eta = new Eta({ autoEscape: true, autoFilter: true, filterFunction: present, cache: true })
  const renderNamed = eta.render
  let uncompiled: Set<string> | undefined
  const compiled = (name: string): string => {
    uncompiled ??= new Set(viewsIn(dir))
    if (uncompiled.has(name)) {
      eta.loadTemplate(`@${name}`, read(name))
      uncompiled.delete(name)
    }
    return `@${name}`
  }
  type Named = Record<string, unknown>
  let goesDown: Named | null = null
  eta.render = (view, data) => {
    if (typeof view !== 'string') throw new TypeError('a view is called by its name')
    const outer = goesDown
    const names = Object.keys(data)
    const below = names.filter((name) => helpers.has(name))
    if (below.length > 0) goesDown = inheriting(outer, data, below)
    const given = inheriting(
      goesDown,
      data,
      names.filter((name) => !helpers.has(name)),
    )
    try {
      return renderNamed.call(eta, compiled(view.replace(/^[/@]/, '')), Object.create(given))
    } finally {
      goesDown = outer
    }
  }
  return eta
}

/** Made with what it inherits from: to change that of an object afterwards slows down whatever looks into it. */
const inheriting = (from: object | null, data: object, names: readonly string[]): Record<string, unknown> => {
  const made = Object.create(from) as Record<string, unknown>
  for (const name of names) made[name] = (data as Record<string, unknown>)[name]
  return made
}

const present = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'function') return present(value())
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new TypeError(`a view shows a value that is ${value === null ? 'null' : typeof value}`)
}
