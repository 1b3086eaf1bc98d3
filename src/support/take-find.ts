import type { Limits } from '../limits/index.ts'
import type { Agent } from '../staff/index.ts'

/**
 * One search for somebody's account. Counted by agent, by the ticket system that names the agents, and by company: one
 * that names another agent each time searches no more for it (H26). AppError `too-many-attempts` (limited).
 */
export const takeFind = async (limits: Pick<Limits, 'consume'>, { _id, company, through }: Agent): Promise<void> => {
  await limits.consume('support-find', _id)
  if (through) await limits.consume('support-find-system', `${company} ${through}`)
  await limits.consume('support-find-company', company)
}
