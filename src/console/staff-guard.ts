import { cookieName, seeOther } from '../http/index.ts'
import { askedBySignedIn } from '../lib/browser-binding.ts'
import { AppError } from '../lib/errors.ts'
import { type Action, may, type Staff } from '../staff/index.ts'
import type { ConsoleContext, ConsoleDeps } from './console-deps.ts'

/** The entries of the console, and the right that shows each. */
const entries: { name: string; needs: Action }[] = [
  { name: 'cases', needs: 'case' },
  { name: 'requests', needs: 'requests' },
  { name: 'audit', needs: 'audit' },
  { name: 'statistics', needs: 'statistics' },
  { name: 'staff', needs: 'staff' },
]

/**
 * Support's door (S4-5): whoever comes in has the staff sign-in of one company, with its second factor, this moment.
 * It knows nothing of the sign-in that the same human may have as a person (T15).
 */
export const createStaffGuard = ({ config, support }: Pick<ConsoleDeps, 'config' | 'support'>) => {
  const cookie = cookieName(config, 'staff')

  const token = (ctx: ConsoleContext): string | undefined => ctx.cookies.get(cookie)

  return {
    token,

    keep: (ctx: ConsoleContext, value: string | null): void => {
      ctx.cookies.set(cookie, value, { httpOnly: true, sameSite: 'lax', path: '/', overwrite: true })
    },

    /** Lets in whom a row's right names; anybody else signs in first. What each may do is the use case's to decide as well. */
    enter: async (right: string, ctx: ConsoleContext, goOn: (staff: never) => Promise<void>): Promise<void> => {
      if (right === 'anyone') return goOn(undefined as never)
      ctx.set('Cache-Control', 'no-store')
      const staff = await support.signIn.session(token(ctx))
      if (!staff) return seeOther(ctx, signInFor(ctx))
      askedBySignedIn()
      if (right !== 'staff member' && !may(staff, right as Action, staff.company)) {
        const { company, _id: agent, roles } = staff
        const refused = { action: 'refused', outcome: 'staff-not-yours' }
        await support.audit.append({ company, agent, role: roles[0] ?? 'none', ...refused })
        throw new AppError('forbidden', 'staff-not-yours')
      }
      await goOn(staff as never)
    },

    signInFirst: (ctx: ConsoleContext, to: string): void => seeOther(ctx, signInFor({ method: 'GET', path: to })),

    whose: (staff: Staff | undefined): string => (staff ? `staff:${staff.company}:${staff._id}` : ''),

    /** Where somebody who has just signed in begins. */
    home: (staff: Staff, asked?: string): string => {
      if (asked && consolePage.test(asked)) return asked
      const first = entries.find(({ needs }) => may(staff, needs, staff.company))
      return first ? `/console/${first.name}` : '/console/nothing'
    },

    show: (
      ctx: ConsoleContext,
      staff: Staff,
      entry: string,
      view: string,
      data: Record<string, unknown> = {},
      status = 200,
    ) => {
      const nav = entries
        .filter(({ needs }) => may(staff, needs, staff.company))
        .map(({ name }) => ({
          href: `/console/${name}`,
          label: ctx.page.t(`console.entries.${name}`),
          current: name === entry,
        }))
      const company = config.group.companies.get(staff.company)
      const shell = {
        width: 'wide',
        company,
        nav,
        navLabel: ctx.page.t('console.title'),
        home: '/console',
        signOut: '/console/sign-out',
        holder: { name: staff._id.split('@', 1)[0], initial: staff._id.charAt(0).toUpperCase(), address: staff._id },
      }
      ctx.render(view, { shell, company, staff: staff._id, ...data }, status)
    },
  }
}

export type StaffGuard = ReturnType<typeof createStaffGuard>

/** A page of the console itself, and nothing that a browser could take for another address. */
const consolePage = /^\/console\/(cases|requests|audit|statistics|staff)(\/[\w.-]{1,80})?$/

/** The sign-in page, which leads on to the page first asked for. */
const signInFor = ({ method, path }: Pick<ConsoleContext, 'method' | 'path'>): string =>
  method === 'GET' && consolePage.test(path) ? `/console/sign-in?to=${encodeURIComponent(path)}` : '/console/sign-in'

/** Where a sign-in under way leads, as its address or its form says. */
export const askedFor = (to: unknown): string => (typeof to === 'string' && consolePage.test(to) ? to : '')
