/** The grounds a brand's colour stands on; the same values as in views/assets/tokens.css. */
const lightGround = '#ffffff'
const darkGround = '#161d21'

interface Brand {
  colour: string
  colourDark: string
}

/**
 * A company's colour as an accent: a band, a badge, a dot. It never carries meaning or text of its own, and is moved
 * towards black or white until it can be seen on its ground (WCAG 1.4.11), whatever the configuration says.
 */
export const brandCss = ({ colour, colourDark }: Brand): string => {
  const light = visibleOn(lightGround, colour)
  const dark = visibleOn(darkGround, colourDark)
  return `:root { --brand: ${light}; --brand-ink: ${inkOn(light)}; }
@media (prefers-color-scheme: dark) { :root { --brand: ${dark}; --brand-ink: ${inkOn(dark)}; } }
`
}

export const contrast = (a: string, b: string): number => {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

const visibleOn = (ground: string, colour: string): string => {
  const goal = luminance(ground) > 0.5 ? 0 : 255
  for (let step = 0; step < 20; step++) {
    const moved = mixed(colour, goal, step / 20)
    if (contrast(moved, ground) >= 3) return moved
  }
  return mixed(colour, goal, 1)
}

const inkOn = (colour: string): string =>
  contrast('#ffffff', colour) >= contrast('#000000', colour) ? '#ffffff' : '#000000'

const channels = (colour: string): number[] => {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) throw new TypeError('a brand colour is #rrggbb')
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
}

const mixed = (colour: string, goal: number, share: number): string =>
  `#${channels(colour)
    .map((value) =>
      Math.round(value + (goal - value) * share)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`

const luminance = (colour: string): number => {
  const [red, green, blue] = channels(colour).map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
