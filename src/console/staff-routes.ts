import { problemsOf, seeOther } from '../http/index.ts'
import { type Role, roles, type Staff } from '../staff/index.ts'
import type { ConsoleContext, ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

/** Who is on staff, with which roles, and who is kept out by wrong guesses; their own administrators see and change it. */
export const addStaff = (router: ConsoleRouter, door: StaffGuard, { support }: ConsoleDeps): void => {
  const { manageStaff } = support
  const show = async (ctx: ConsoleContext, staff: Staff, more: object = {}, status = 200) => {
    const members = (await manageStaff.ofCompany(staff)).map(({ _id, roles: held, status: standing, isLocked }) => ({
      email: _id,
      roles: held,
      status: standing,
      isLocked,
      oneself: _id === staff._id,
    }))
    door.show(ctx, staff, 'staff', 'console/staff', { members, roles, ...more }, status)
  }

  const change = (act: (staff: Staff, form: Record<string, string>) => Promise<void>, done = '') =>
    door.staffOnly('staff', async (ctx, staff) => {
      const raw = await door.fields(ctx)
      try {
        await act(staff, raw)
        seeOther(ctx, `/console/staff${done && `?done=${done}`}`)
      } catch (error) {
        const problems = problemsOf(error)
        if (!problems) throw error
        await show(ctx, staff, { problems, raw }, 400)
      }
    })

  router.get(
    '/console/staff',
    door.staffOnly('staff', (ctx, staff) => show(ctx, staff, { unlocked: ctx.query.done === 'unlocked' })),
  )
  router.post(
    '/console/staff',
    change((staff, form) => {
      const given = roles.filter((role): role is Role => form[`role.${role}`] === 'on')
      return manageStaff.setRoles(staff, form.email ?? '', given)
    }),
  )
  router.post(
    '/console/staff/unlock',
    change((staff, form) => manageStaff.unlock(staff, form.email ?? ''), 'unlocked'),
  )
}
