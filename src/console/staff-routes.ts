import { problemsOf, seeOther } from '../http/index.ts'
import { type Role, roles } from '../support/index.ts'
import type { ConsoleContext, ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import type { ConsoleDoor } from './door.ts'

/** Who is on staff and with which roles; only that company's administrators see and change it. */
export const addStaff = (router: ConsoleRouter, door: ConsoleDoor, { support }: ConsoleDeps): void => {
  const { manageStaff } = support
  const show = async (
    ctx: ConsoleContext,
    staff: Parameters<typeof manageStaff.ofCompany>[0],
    more: object = {},
    status = 200,
  ) => {
    const members = (await manageStaff.ofCompany(staff)).map(({ _id, roles: held, status: standing }) => ({
      email: _id,
      roles: held,
      status: standing,
      oneself: _id === staff._id,
    }))
    door.show(ctx, staff, 'staff', 'console/staff', { members, roles, ...more }, status)
  }

  router.get(
    '/console/staff',
    door.staffOnly('staff', (ctx, staff) => show(ctx, staff)),
  )
  router.post(
    '/console/staff',
    door.staffOnly('staff', async (ctx, staff) => {
      const raw = await door.fields(ctx)
      const given = roles.filter((role): role is Role => raw[`role.${role}`] === 'on')
      try {
        await manageStaff.setRoles(staff, raw.email ?? '', given)
        seeOther(ctx, '/console/staff')
      } catch (error) {
        const problems = problemsOf(error)
        if (!problems) throw error
        await show(ctx, staff, { problems, raw }, 400)
      }
    }),
  )
}
