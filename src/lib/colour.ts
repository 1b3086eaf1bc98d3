/** What a company's colour stands on, in the light and the dark theme: `--surface` of views/assets/tokens.css. */
export const surfaces = { light: '#ffffff', dark: '#161d21' } as const

/** Contrast ratio of two #rrggbb colours (WCAG 2.2). */
export const contrast = (a: string, b: string): number => {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

/** 0 is black, 1 is white. */
export const luminance = (colour: string): number => {
  const [red, green, blue] = channels(colour).map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

export const channels = (colour: string): number[] => {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) throw new TypeError('a colour is #rrggbb')
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
}
