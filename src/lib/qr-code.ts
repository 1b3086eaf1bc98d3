import { renderSVG } from 'uqr'

/** A text as a QR code, an SVG picture of its own; `border`: modules of white around it (ISO/IEC 18004 asks for four). */
export const qrCode = (text: string, border = 4): string =>
  // Without it, a picture that is scaled has hairlines between its modules.
  renderSVG(text, { ecc: 'M', border }).replace('<svg ', '<svg shape-rendering="crispEdges" ')
