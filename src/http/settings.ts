import type { Operator } from '../companies/index.ts'

/** What the floor under every page is told of how the product runs; the configuration's own reader makes it. */
export interface HttpSettings {
  /** Without a slash at its end (Z2). */
  issuer: string
  port: number
  production: boolean
  /** Newest first. */
  secretKeys: Uint8Array[]
  /** Addresses or networks whose forwarded headers are believed. */
  trustedProxies: string[]
  passwordMinimum: number
  group: {
    operator: Operator
    companies: ReadonlyMap<string, Pick<Operator, 'id' | 'name' | 'brand'>>
  }
}
