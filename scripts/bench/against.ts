/**
 * This checkout, another one and the bare library side by side in one run: each operation on every server in turn, round
 * by round, by the servers' own processor time, which hardly moves with what else the machine does.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createPasswords } from '../../src/credentials/index.ts'
import { type Compared, comparisonTable } from './comparison.ts'
import { password } from './fill.ts'
import { createInstallation } from './installation.ts'
import { isAsked, type Operation, prepareWorkers } from './measure.ts'
import { operations, type World } from './operations.ts'
import { type Product, startProduct } from './product.ts'

interface Asked {
  /** The other checkout, with its packages installed. */
  other: string
  people: number
  /** In the other checkout's installation. */
  otherPeople: number
  /** Of one operation on one server in one round. */
  seconds: number
  rounds: number
  /** The first of thirty. */
  port: number
  /** Operations whose name has this word. */
  only: string
  say: (text: string) => void
}

type Side = 'ours' | 'other' | 'bare'
const sides: readonly Side[] = ['ours', 'other', 'bare']

interface Server {
  world: World
  start: () => Promise<Product>
  close: () => void
}

/** What the library has without us. */
const protocol = ['userinfo', 'introspection', 'refresh', 'SSO re-authorisation', 'whole password login']
const onlyOurs = [
  'audience decision',
  'ten audience decisions in one question',
  'profile change until all linked copies agree',
  'sign-in page',
  'page /account',
  'page /account/details',
  'page /account/sharing',
]
/** Milliseconds after which a start is over on a busy machine too. */
const wholeStart = 8000
/** Milliseconds that what follows an answer is given, before the processor's time is read. */
const settling = 200

/** Answers the table. Throws at the first answer that is not as it should be. */
export const compare = async (asked: Asked): Promise<string> => {
  const { other, people, otherPeople, seconds, rounds, port, only, say } = asked
  const servers: Record<Side, Server> = {
    ours: aCheckout(join(import.meta.dirname, '../..'), port, people),
    other: aCheckout(other, port + 10, otherPeople),
    bare: await theLibrary(port + 20, people),
  }
  const compared = await compareStarts(servers, rounds)
  say(`${rounds} starts of each`)
  const running = await eachSide(({ start }) => start(), servers)
  for (const name of [...protocol, ...onlyOurs].filter((each) => isAsked(only)({ name: each }))) {
    const measured = await compareOperation(name, { servers, running, seconds, rounds, say })
    compared.push(measured)
    say(`${name}: ${sides.map((side) => `${side} ${measured[side]?.map((each) => each.toFixed(3)).join(' ') ?? '–'}`)}`)
  }
  const { ours, other: theirs, bare } = await eachSide(async ({ memory }) => [memory()], running)
  compared.push({ name: 'memory after the run', unit: 'MB', ours, other: theirs, bare })
  for (const side of sides) {
    await running[side].stop()
    servers[side].close()
  }
  return comparisonTable({ at: new Date().toISOString().slice(0, 10), people, otherPeople, seconds, rounds, compared })
}

const eachSide = async <T, R>(act: (of: T) => Promise<R>, of: Record<Side, T>): Promise<Record<Side, R>> => ({
  ours: await act(of.ours),
  other: await act(of.other),
  bare: await act(of.bare),
})

/** Filled by the checkout's own code, since only that knows how it stores. */
const aCheckout = (root: string, port: number, people: number): Server => {
  const { environment, world, close } = createInstallation(port, people)
  const filling = pathToFileURL(join(root, 'scripts/bench/fill.ts')).href
  const code = `const { fill } = await import(${JSON.stringify(filling)}); await fill(${JSON.stringify(environment)}, ${people}); process.exit()`
  execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: root, stdio: 'inherit' })
  return { world, close, start: () => startProduct(environment, { root }) }
}

/** Under the product's own hash, which it is handed so that its start is its own. */
const theLibrary = async (port: number, people: number): Promise<Server> => {
  const { environment, world, close } = createInstallation(port, people)
  const { id, secret, redirectUri } = world.web
  const PASSWORD_HASH = await createPasswords().hash(password)
  const its = { CLIENT_ID: id, CLIENT_SECRET: secret, REDIRECT_URI: redirectUri, PASSWORD_HASH }
  return {
    world,
    close,
    start: () => startProduct({ ...environment, ...its }, { program: 'scripts/bench/bare.ts' }),
  }
}

/** Each round in another order, so that none always comes after the same one. */
const turns = (round: number, of: readonly Side[]): Side[] =>
  of.map((_, place) => of[(place + round) % of.length] as Side)

const compareStarts = async (servers: Record<Side, Server>, rounds: number): Promise<Compared[]> => {
  const cpu: Record<Side, number[]> = { ours: [], other: [], bare: [] }
  const wall: Record<Side, number[]> = { ours: [], other: [], bare: [] }
  // The first does not count: what it compiles, every later one finds.
  for (let round = 0; round <= rounds; round += 1)
    for (const side of turns(round, sides)) {
      const product = await servers[side].start()
      // It keeps what it compiled once all is loaded, and where it ends in order: soon after its first answer it does neither.
      if (round === 0) await new Promise((resolve) => setTimeout(resolve, wholeStart))
      else {
        cpu[side].push(product.startCpu)
        wall[side].push(product.startMilliseconds)
      }
      await product.stop()
    }
  return [
    { name: 'start to the first answer, processor', unit: 'ms', ...cpu },
    { name: 'start to the first answer, clock', unit: 'ms', ...wall },
  ]
}

const compareOperation = async (
  name: string,
  at: { servers: Record<Side, Server>; running: Record<Side, Product> } & Pick<Asked, 'seconds' | 'rounds' | 'say'>,
): Promise<Compared> => {
  const prepared = new Map<Side, () => Promise<number>>()
  for (const side of protocol.includes(name) ? sides : sides.filter((each) => each !== 'bare')) {
    const operation = operations(at.servers[side].world).find((each) => each.name === name) as Operation<never>
    const workers = await workersOf(operation).catch((error: Error) => {
      if (side !== 'other') throw error
      at.say(`${name}: the other build has no such operation, or another way to it (${error.message})`)
    })
    if (workers) prepared.set(side, () => slice(operation, { workers, seconds: at.seconds, cpu: at.running[side].cpu }))
  }
  const taking = [...prepared.keys()]
  const figures = new Map<Side, number[]>(taking.map((side) => [side, []]))
  for (let round = 0; round <= at.rounds; round += 1)
    for (const side of turns(round, taking)) {
      const each = (await prepared.get(side)?.()) as number
      if (round > 0) figures.get(side)?.push(each)
    }
  const [other, bare] = [figures.get('other'), figures.get('bare')]
  return { name, unit: 'ms', ours: figures.get('ours')!, ...(other && { other }), ...(bare && { bare }) }
}

/** Prepared, and tried once. */
const workersOf = async (operation: Operation<never>): Promise<never[]> => {
  const workers = await prepareWorkers(operation)
  for (const worker of workers.slice(0, 1)) await operation.run(worker)
  return workers
}

/** Milliseconds of the processor for one operation, with what the server does about it afterwards. */
const slice = async <W>(
  { run }: Operation<W>,
  { workers, seconds, cpu }: { workers: W[]; seconds: number; cpu: () => number },
): Promise<number> => {
  const [before, end] = [cpu(), performance.now() + seconds * 1000]
  let done = 0
  await Promise.all(
    workers.map(async (worker) => {
      while (performance.now() < end) {
        await run(worker)
        done += 1
      }
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, settling))
  return (cpu() - before) / done
}
