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
  return { render: rendering(new Set(helpers), viewsOf(dir, read)) }
}

/** Throws a ViewsError with every view that can't be compiled: said to us, not to the first person who meets it. */
export const checkViews = (dir: string): void => {
  const issues: string[] = []
  for (const name of viewsIn(dir)) {
    try {
      compile(textOf(dir, name))
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

type Named = Record<string, unknown>
type Include = (name: string, data?: Named) => string
type Layout = (name: string, data: Named) => void

/** What a view writes into, by the names that eta gives it. */
interface Written {
  res: string
  e: (text: string) => string
  f: (value: unknown) => string
}
type View = (it: Named, __eta: Written, include: Include, layout: Layout) => void

const eta = new Eta({ autoEscape: true, autoFilter: true })

/** eta's own frame around a view makes nine functions each time that a part is shown, of which these two are used. */
const compile = (text: string): View =>
  new Function('it', '__eta', 'include', 'layout', eta.compileBody(eta.parse(text))) as View

/** A name is looked up in the list of what there is, never opened as a file of that name. */
const viewsOf = (dir: string, read: (name: string) => string): ((name: string) => View) => {
  const compiled = new Map<string, View>()
  let names: Set<string> | undefined
  return (name) => {
    const known = compiled.get(name)
    if (known) return known
    names ??= new Set(viewsIn(dir))
    if (!names.has(name)) throw new Error(`no view "${name}" in ${dir}`)
    const view = compile(read(name))
    compiled.set(name, view)
    return view
  }
}

/**
 * What a part is handed is its own; what goes down it inherits, always from the same object, since V8 learns where each
 * name stands once for each object that others inherit from. Rendering is one turn, so variables hold what goes down and
 * the layout that is asked for.
 */
const rendering = (helpers: ReadonlySet<string>, viewOf: (name: string) => View): Include => {
  let down: Named = {}
  let laidOut: { name: string; data: Named } | undefined
  const inherited = Object.defineProperties(
    {},
    Object.fromEntries([...helpers].map((name) => [name, { get: () => down[name] }])),
  )
  const layout: Layout = (name, data) => {
    laidOut = { name, data }
  }

  const render: Include = (name, data = {}) => {
    const outer = { down, laidOut }
    const it = Object.create(inherited) as Named
    for (const each of Object.keys(data))
      if (!helpers.has(each)) it[each] = data[each]
      else {
        if (down === outer.down) down = { ...down }
        down[each] = data[each]
      }
    laidOut = undefined
    const written: Written = { res: '', e: eta.config.escapeFunction as Written['e'], f: present }
    try {
      viewOf(name.replace(/^\//, ''))(it, written, render, layout)
      const frame = laidOut as { name: string; data: Named } | undefined
      return frame ? render(frame.name, { body: written.res, ...frame.data }) : written.res
    } finally {
      ;({ down, laidOut } = outer)
    }
  }
  return render
}

const present = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'function') return present(value())
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new TypeError(`a view shows a value that is ${value === null ? 'null' : typeof value}`)
}
