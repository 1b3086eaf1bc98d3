import { inLanguage, policiesNewestFirst, showController } from '../companies/index.ts'
import { cookieName, firstBrowser, keptForms, type Route, scopedCookieName, trackingSignal } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import type { PortalDeps } from './portal-deps.ts'
import { atCompany } from './portal-fields.ts'
import { type PortalContext, row } from './portal-tools.ts'

/** Every cookie of the product, by what it is for; nothing else is ever set (S8). */
const cookiesOf = (config: PortalDeps['config']) => {
  const whole = (...names: string[]) => names.map((name) => cookieName(config, name))
  const scoped = (...names: string[]) => names.map((name) => scopedCookieName(config, name))
  const page = 'layout.cookie-page'
  return [
    { names: whole('session'), words: `${page}.session` },
    { names: [...whole('browser'), `${cookieName(config, firstBrowser)}.*`], words: `${page}.browser` },
    { names: whole(...keptForms), words: `${page}.form` },
    { names: whole('told'), words: `${page}.told` },
    { names: whole('device'), words: `${page}.device` },
    { names: whole('choices'), words: 'portal.cookies.choices' },
    { names: whole('language'), words: `${page}.language` },
    { names: scoped('sign-in-language'), words: `${page}.sign-in-language` },
    { names: scoped('interaction', 'resume'), words: `${page}.interaction` },
    { names: whole('sign-ins'), words: `${page}.sign-ins` },
    {
      names: [...scoped('draft', 'link-proof'), ...whole('address-change', 'former-address', 'way-in', 'link-code')],
      words: 'portal.cookies.code',
    },
    { names: [...whole('staff'), ...scoped('join')], words: 'portal.cookies.staff' },
    { names: whole('staff-device'), words: 'portal.cookies.staff-device' },
  ]
}

/** What anybody may read without signing in: each company's policies (S0, S4-11, S12), the cookies (S8), who the pages work for (U19), and S11. */
export const publicRoutes = ({ config }: Pick<PortalDeps, 'config'>): Route[] => {
  const { companies, operator } = config.group

  const showPrivacy = async (ctx: PortalContext, id: string): Promise<void> => {
    const { language } = ctx.page
    const company = companies.get(id)
    const controller = company ?? (id === operator.id ? operator : undefined)
    if (!controller) throw new AppError('not-found', 'no-such-company')
    const { eu, uk } = controller.representatives
    ctx.render('portal/privacy', {
      controller: showController(controller, language),
      representatives: [...(eu ? [{ where: 'eu', ...eu }] : []), ...(uk ? [{ where: 'uk', ...uk }] : [])],
      versions: policiesNewestFirst(controller).map(({ version, date, url, text, material }) => ({
        version,
        date,
        url: url ?? '',
        material,
        paragraphs: text ? inLanguage(text, language).split(/\n{2,}/) : [],
      })),
      brand: controller,
      release: company
        ? {
            receives: company.release.receives,
            writes: company.release.writes,
            purpose: inLanguage(company.release.purpose, language),
            basis: company.release.basis,
            kept: inLanguage(company.release.retention, language),
            retention: inLanguage(company.retention.text, language),
            closure: company.closure,
            minimumAge: company.minimumAge,
            childData: inLanguage(company.childData, language),
          }
        : null,
      arrangement: company
        ? null
        : { kind: operator.arrangement.kind, text: inLanguage(operator.arrangement.text, language) },
    })
  }

  const cookies = cookiesOf(config)
  const showCookies = async (ctx: PortalContext): Promise<void> =>
    ctx.render('portal/cookies', {
      cookies,
      asksNotToBeTracked: trackingSignal(ctx) !== '',
    })

  /** A parent or guardian has no account here: whom to write to, and what each company then does (S11). */
  const showReportChild = async (ctx: PortalContext): Promise<void> => {
    const { language } = ctx.page
    ctx.render('portal/report-child', {
      runBy: showController(operator, language),
      companies: [...companies.values()]
        .sort((a, b) => a.name.localeCompare(b.name, language))
        .map((company) => ({
          ...showController(company, language),
          minimumAge: company.minimumAge,
          childData: inLanguage(company.childData, language),
        })),
    })
  }

  return [
    row({
      method: 'GET',
      path: '/privacy/:company',
      right: 'anyone',
      params: atCompany,
      handler: (ctx, _nobody, { params }) => showPrivacy(ctx, params.company),
    }),
    row({
      method: 'GET',
      path: '/cookies',
      right: 'anyone',
      handler: showCookies,
    }),
    row({
      method: 'GET',
      path: '/accessibility',
      right: 'anyone',
      handler: (ctx) =>
        ctx.render('portal/accessibility', { contact: showController(operator, ctx.page.language).support }),
    }),
    row({
      method: 'GET',
      path: '/report-child',
      right: 'anyone',
      handler: showReportChild,
    }),
  ]
}
