import type { PageContext, WayBack } from './page-context.ts'

/** Each part of the product begins at a page of its own; all else begins at the account pages. */
const starts = ['console', 'device', 'dev'] as const

/** What whoever answers has found out of the way back, else where the part at this address begins. */
export const wayBackOf = ({ page, path }: Pick<PageContext, 'page' | 'path'>): WayBack => {
  if (page.wayBack) return page.wayBack
  const part = starts.find((name) => path === `/${name}` || path.startsWith(`/${name}/`)) ?? 'account'
  return { href: `/${part}`, label: page.t(`layout.error.to-${part}`) }
}
