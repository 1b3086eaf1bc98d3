/** Answers a form: the page it leads to is asked for with GET, and a reload of it sends nothing again. */
export const seeOther = (ctx: { status: number; redirect: (to: string) => void }, path: string): void => {
  ctx.redirect(path)
  ctx.status = 303
}
