import type { CompanyId } from '../companies/index.ts'

/** Fewer people than these are never told of; and what is told is told in tens. */
export const fewest = 10

/** Each is about people, not acts: who signs in thirty times is one. */
export const groupTables = ['people', 'country', 'age', 'method', 'pair'] as const
export type GroupTable = (typeof groupTables)[number]

export const ages = ['under-18', '18-29', '30-44', '45-64', '65-plus', 'unknown'] as const
export type Age = (typeof ages)[number]

/** What let them in, where they signed in for it; or that they had before, or on another device. */
export type Method = 'password' | 'code' | 'session' | 'device'

/** One person in one month, as they were counted, under a key that is destroyed with the month. */
export interface Counted {
  country: string
  age: Age
  methods: readonly Method[]
  /** Services they reached, by company; a partner's application counts for its company alone. */
  services: readonly { company: CompanyId; service: string }[]
  companies: readonly CompanyId[]
  /** `a+b`, in the order of the alphabet: companies whose accounts they joined. */
  pairs: readonly string[]
}

export interface Figure {
  key: string
  /** Rounded down to tens, at least ten. */
  people: number
}

/** One table as it is told: `withheld` says that there are groups of which nothing is. */
export interface Answer {
  figures: Figure[]
  withheld: boolean
}

/** A closed month: the group's tables may be published; a company's own are for that company. */
export interface Month {
  group: Record<GroupTable, Answer>
  own: Record<CompanyId, { people: Answer; service: Answer }>
}
