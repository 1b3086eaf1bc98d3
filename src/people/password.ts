/**
 * Password hashes: argon2id with OWASP's parameters (security §3), on libuv's threads, behind a bounded queue so that a
 * flood of sign-ins takes neither all memory nor all threads. The only file that knows argon2.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { argon2id, hash as argonHash, verify as argonVerify, needsRehash } from 'argon2'
import { composed } from '../lib/composed.ts'
import { AppError } from '../lib/errors.ts'

export interface PasswordCost {
  /** KiB. */
  memoryCost: number
  timeCost: number
  parallelism: number
}

export interface PasswordsDeps {
  parameters?: PasswordCost
  /** Hashes at one time. */
  concurrency?: number
  /** Hashes that may wait for their turn. */
  queue?: number
}

const owasp: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Any 256 characters are at most 1,024 bytes: long enough for a passphrase, too short to keep a thread busy. */
export const longestPassword = 256

/** One spelling of what looks the same (NIST SP 800-63B §3.1.1.2), however a keyboard composed it. */
export const passwordForm = (password: string): string =>
  composed(password, { most: longestPassword, form: 'NFKC', field: 'password' })

export const isTooLong = (password: string): boolean =>
  password.length > longestPassword && [...password].length > longestPassword

export const createPasswords = ({
  parameters = owasp,
  // One of libuv's four threads stays free for files and names.
  concurrency = Math.min(availableParallelism(), 3),
  queue = 64,
}: PasswordsDeps = {}) => {
  const turn = createTurns(concurrency, queue)
  // Nothing hashes to it: it is random. Its parameters make the failure of an unknown address cost what a known one's does.
  const nobodys = `$argon2id$v=19$m=${parameters.memoryCost},p=${parameters.parallelism},t=${parameters.timeCost}$${saltAndHash()}`
  let verifications = 0

  return {
    hash: async (password: string): Promise<string> => {
      if (isTooLong(password)) throw new AppError('invalid', 'password-long', { values: { most: longestPassword } })
      return turn(() => argonHash(passwordForm(password), { type: argon2id, ...parameters }))
    },

    /**
     * One verification, also when nothing is stored. `rehash`: right, but made with other parameters than today's.
     * AppError `busy` (unavailable) when too many wait already.
     */
    verify: async (stored: string | undefined, password: string): Promise<{ ok: boolean; rehash: boolean }> => {
      const possible = stored !== undefined && !isTooLong(password)
      const against = possible ? stored : nobodys
      const given = possible ? passwordForm(password) : ''
      const ok = await turn(() => {
        verifications += 1
        return argonVerify(against, given)
      })
      return { ok: possible && ok, rehash: possible && ok && needsRehash(stored, parameters) }
    },

    /** Verifications since the start: every failed sign-in must have cost the same number (model C10). */
    verifications: (): number => verifications,

    /** How many wait and work. */
    depth: turn.depth,
  }
}

export type Passwords = ReturnType<typeof createPasswords>

const saltAndHash = () => [16, 32].map((length) => randomBytes(length).toString('base64').replace(/=+$/, '')).join('$')

/** First come, first served; whoever finds the queue full is told at once instead of waiting for what may not come. */
const createTurns = (concurrency: number, most: number) => {
  const waiting: (() => void)[] = []
  let working = 0

  const begin = async () => {
    if (working < concurrency) {
      working += 1
      return
    }
    if (waiting.length >= most) throw new AppError('unavailable', 'busy', { values: { seconds: 2 } })
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const end = () => {
    const next = waiting.shift()
    if (next) next()
    else working -= 1
  }

  const turn = async <T>(work: () => Promise<T>): Promise<T> => {
    await begin()
    try {
      return await work()
    } finally {
      end()
    }
  }
  return Object.assign(turn, { depth: () => working + waiting.length })
}
