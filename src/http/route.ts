import type { RouterContext } from '@koa/router'
import type { DefaultState } from 'koa'
import type { z } from 'zod'
import type { LimitRule } from '../limits/index.ts'
import type { KeptForms } from './kept-forms.ts'
import type { PageExtras, PageMiddleware } from './page-context.ts'
import type { Problems } from './problems.ts'
import type { Filled, SentFile } from './read-form.ts'
import type { ToldPages } from './told-pages.ts'

export type RouteContext = RouterContext<DefaultState, PageExtras>

/** What is wrong with a form, and what was written into it but secrets: for the page that shows it again. */
export interface Again<Params = unknown> {
  problems: Problems
  raw: Filled
  params: Params
  /** The address that the form was sent to. */
  sentTo: string
}

/** What a handler is handed: what its row asks for, read and measured. Nothing else of the request is read. */
interface Given<Params, Query, Form, Json> {
  params: Params
  query: Query
  form: Form
  json: Json
  /** The form's own fields as they were written, without passwords and codes. */
  raw: Filled
  /** What came with it, where the row takes files. */
  files: readonly SentFile[]
  /** Takes the row's limit, where the row says that it is taken `late`. */
  take: () => Promise<void>
}

export type Nothing = Record<never, never>

/** What a row reads of its path, by name. */
export type PathParams = Readonly<Record<string, string | undefined>>

/** One row of an entry point's table: an address, what it takes, who may, and what is then done. */
export interface Row<Who, Right extends keyof Who, Params, Query, Form, Json> {
  method: 'GET' | 'POST' | 'PATCH' | 'ALL'
  path: string
  /** Who may come in; what it takes to be that is the entry point's access rules' to say. */
  right: Right
  /** What it does, in a sentence for whoever writes a client: documents are made of it. */
  says?: string
  params?: z.ZodType<Params>
  query?: z.ZodType<Query>
  form?: z.ZodType<Form>
  /** The form may carry files; what each may be is the use case's to judge. */
  takesFiles?: true
  json?: z.ZodType<Json>
  /** The page says what a form did, and nothing else: where it leads whoever was not led to it by that form. */
  otherwise?: string
  /** Counted for the caller's network before the handler runs. */
  limit?: LimitRule
  /** The handler takes it, once what was written is in order: a form that is shown again costs nothing. */
  late?: true
  handler: (ctx: RouteContext, who: Who[Right], given: Given<Params, Query, Form, Json>) => unknown
  /** The page that the form stands on. Without it, what is wrong with the form is told on the error's own page. */
  again?: (ctx: RouteContext, who: Who[Right], again: Again<Params>, status: number) => unknown
  /** Where that page is, if it is not the nearest above that answers GET. */
  page?: (again: Again<Params>) => string
  /** Which failures of this row are told on its page; otherwise the entry point's. */
  refusal?: (error: unknown) => Refusal | undefined
}

/** A row as tables, tests and documents know it. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'ALL'
  path: string
  right: string
  says?: string
  params?: z.ZodType
  query?: z.ZodType
  form?: z.ZodType
  takesFiles?: true
  json?: z.ZodType
  otherwise?: string
  limit?: LimitRule
  late?: true
  handler: (ctx: RouteContext, who: never, given: never) => unknown
  again?: ShowAgain
  page?: (again: Again<never>) => string
  refusal?: (error: unknown) => Refusal | undefined
}

export type ShowAgain = (ctx: RouteContext, who: never, again: Again<never>, status: number) => unknown

/** A failure that a form's own page tells. */
export interface Refusal {
  problems: Problems
  status: number
  /** Seconds. */
  retryAfter?: number
}

export interface MountDeps {
  /** Goes on with whoever the right names; anybody else is answered, or refused by throwing. */
  enter: (right: string, ctx: RouteContext, goOn: (who: never) => Promise<void>, params: PathParams) => Promise<void>
  /** Around every row, its guard included. */
  around?: PageMiddleware
  readForm?: (ctx: RouteContext) => Promise<Filled>
  readFormWithFiles?: (ctx: RouteContext) => Promise<{ filled: Filled; files: SentFile[] }>
  readJson?: (ctx: RouteContext) => Promise<unknown>
  /** Asked once the form is measured, before the limit is taken: false when the page is answered. */
  admit?: (right: string, ctx: RouteContext, who: never) => Promise<boolean>
  take?: (limit: LimitRule, ctx: RouteContext) => Promise<unknown>
  refusal?: (error: unknown) => Refusal | undefined
  /** Keeps what was wrong with a form for the page that it stands on (U9). */
  keptForms?: KeptForms
  /** Knows who was led to a page that says what a form did; without it every page says it to anybody. */
  toldPages?: ToldPages
  /** Whose page it is, by a key of theirs; '' before anybody is signed in. What one kept is shown to no other. */
  whose?: (who: never) => string
  /** Leads whoever is signed in no more to sign in, and then on to `to`. */
  signInFirst?: (ctx: RouteContext, to: string) => void
  /** The page of a question that is put between a form and its handler, where this is its problem. */
  againFor?: (problems: Problems) => ShowAgain | undefined
  /** What is told of a body in JSON that is not as its schema says. */
  refuseJson?: (issue: z.core.$ZodIssue | undefined) => Error
}
