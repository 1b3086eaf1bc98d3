import { z } from 'zod'
import { fields, type Route, seeOther } from '../http/index.ts'
import { type Role, roles, type Staff } from '../staff/index.ts'
import { type ConsoleContext, type ConsoleDeps, row } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

const byRole = Object.fromEntries(roles.map((role) => [`role.${role}`, fields.ticked()])) as Record<
  `role.${Role}`,
  ReturnType<typeof fields.ticked>
>

/** Who is on staff, with which roles, and who is kept out by wrong guesses; their own administrators see and change it. */
export const staffRoutes = (guard: StaffGuard, { support, config }: ConsoleDeps): Route[] => {
  const { manageStaff } = support
  const show = async (ctx: ConsoleContext, staff: Staff, more: object = {}, status = 200) => {
    const members = (await manageStaff.ofCompany(staff)).map(
      ({ _id, roles: held, status: memberStatus, isLocked }) => ({
        email: _id,
        roles: held,
        status: memberStatus,
        isLocked,
        oneself: _id === staff._id,
      }),
    )
    guard.show(
      ctx,
      staff,
      'staff',
      'console/staff',
      { members, roles, joinAt: `${config.issuer}/console/join`, done: null, ...more },
      status,
    )
  }

  return [
    row({
      method: 'GET',
      path: '/console/staff',
      right: 'staff',
      query: z.object({ done: fields.word(20) }),
      handler: (ctx, staff, { query: { done = null } }) => show(ctx, staff, { done }),
    }),
    row({
      method: 'POST',
      path: '/console/staff',
      right: 'staff',
      form: fields.form({ email: fields.text(254), ...byRole }),
      handler: async (ctx, staff, { form }) => {
        const given = roles.filter((role) => form[`role.${role}`])
        seeOther(ctx, `/console/staff?done=${await manageStaff.setRoles(staff, form.email, given)}`)
      },
      again: show,
    }),
    row({
      method: 'POST',
      path: '/console/staff/unlock',
      right: 'staff',
      form: fields.form({ email: fields.text(254) }),
      handler: async (ctx, staff, { form }) => {
        await manageStaff.unlock(staff, form.email)
        seeOther(ctx, '/console/staff?done=unlocked')
      },
      again: show,
    }),
  ]
}
