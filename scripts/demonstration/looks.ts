/** What each company's site shows and wears: enough to be plainly three companies, and none of them the sign-in. */

export interface Look {
  /** The company's own colours and shapes, over the plain page. */
  css: string
  /** Drawn beside the name. */
  mark: string
}

const looks: Record<string, Look> = {
  mobile: {
    mark: '<rect x="8" y="3" width="16" height="26" rx="4"/><path d="M14 25h4"/>',
    css: `body { font-family: 'Helvetica Neue', Helvetica, Arial, 'Noto Sans', sans-serif }
      .hero { padding-block: 4.5rem } h1 { font-weight: 300; letter-spacing: -.03em }
      .goods li { border-top: .2rem solid var(--own) }`,
  },
  games: {
    mark: '<path d="M10 9h12c5 0 7 6 7 10 0 5-5 5-7 1H10c-2 4-7 4-7-1 0-4 2-10 7-10Z"/><path d="M10 12v5M7.5 14.5h5M21 13h.1M24 16h.1"/>',
    css: `body { font-family: 'Trebuchet MS', 'Avenir Next', 'Noto Sans', sans-serif }
      .hero { background: radial-gradient(circle at 96% 92%, var(--own) 0 min(6rem, 16vw), transparent calc(min(6rem, 16vw) + 1px)), repeating-linear-gradient(45deg, var(--soft) 0 1.5rem, var(--ground) 1.5rem 3rem) }
      h1 { font-weight: 900; text-transform: uppercase; letter-spacing: .01em }
      .button { border-radius: 2rem } .goods li { border: .15rem solid var(--own); border-radius: 1.25rem }`,
  },
  pictures: {
    mark: '<path d="M3 8h26v5a3 3 0 0 0 0 6v5H3v-5a3 3 0 0 0 0-6Z"/><path d="M20 8v16" stroke-dasharray="2 3"/>',
    css: `body { font-family: Didot, 'Bodoni MT', 'Noto Serif', Georgia, serif }
      header, .hero { text-align: center; justify-content: center } h1 { font-style: italic; font-weight: 500 }
      .hero { border-block: .6rem double var(--own) } .hero p { margin-inline: auto }
      .button { border-radius: 0; letter-spacing: .08em } .goods li { text-align: center; background: none; border: 1px solid var(--line); outline: 1px solid var(--line); outline-offset: .3rem }`,
  },
}

const partner: Look = {
  mark: '<path d="M5 28V16h6v12M13 28V6h6v22M21 28V11h6v17"/>',
  css: `body { font-family: ui-monospace, 'SF Mono', Consolas, 'Noto Sans Mono', monospace; font-size: 1rem }
    .button { border-radius: 0 } .goods { grid-template-columns: 1fr } .goods li { display: flex; justify-content: space-between; gap: 1rem }`,
}

/** A partner is nobody's brand. */
export const lookOf = (company: string): Look => looks[company] ?? partner
