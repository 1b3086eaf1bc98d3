/**
 * Password hashes: argon2id with OWASP's parameters (security §3), on libuv's threads, behind a bounded queue so that a
 * flood of sign-ins takes neither all memory nor all threads. The only file that knows argon2.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { hash as argonHash, verify as argonVerify } from '@node-rs/argon2'
import { composed } from '../lib/composed.ts'
import { AppError } from '../lib/errors.ts'
import { createFairQueue } from '../lib/fair-queue.ts'

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
  /** What each hash waits for once it has its turn, in tests only. */
  before?: () => Promise<void>
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
  before,
}: PasswordsDeps = {}) => {
  const next = createFairQueue({ concurrency, most: queue })
  const turn = <T>(work: () => Promise<T>): Promise<T> => next(before ? () => before().then(work) : work)
  const ofToday = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`
  // Nothing hashes to it: it is random. Its parameters make the failure of an unknown address cost what a known one's does.
  const nobodys = ofToday + saltAndHash()
  let verifications = 0

  const hash = async (password: string): Promise<string> => {
    if (isTooLong(password)) throw new AppError('invalid', 'password-long', { values: { most: longestPassword } })
    return turn(() => argonHash(passwordForm(password), parameters))
  }

  return {
    hash,

    /**
     * One verification, also when nothing is stored. `rehash`: right, but of another kind or with other parameters than
     * today's, or written in another order; `renewed` says what to store then.
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
      return { ok: possible && ok, rehash: possible && ok && !stored.startsWith(ofToday) }
    },

    /** What is to be stored of a password that was right: the same hash where its order alone was another. */
    renewed: async (stored: string, password: string): Promise<string> => {
      const same = inOrder(stored)
      return same.startsWith(ofToday) ? same : hash(password)
    },

    /** Verifications since the start: every failed sign-in must have cost the same number (model C10). */
    verifications: (): number => verifications,

    /** How many wait and work. */
    depth: next.depth,
  }
}

export type Passwords = ReturnType<typeof createPasswords>

/**
 * The parameters in the order `m,t,p`, which is the PHC form's for argon2 and the only one that other languages' verifiers
 * take (H14); before 0.2.0 `m,p,t` was stored.
 */
const inOrder = (stored: string): string => stored.replace(/\$(m=\d+),(p=\d+),(t=\d+)\$/, '$$$1,$3,$2$$')

const saltAndHash = () => [16, 32].map((length) => randomBytes(length).toString('base64').replace(/=+$/, '')).join('$')
