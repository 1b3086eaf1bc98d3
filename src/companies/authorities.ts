interface Authority {
  name: string
  url: string
}

/**
 * Whom people complain to where they live (GDPR Art. 77, UK GDPR Art. 77), each by its own name in its own language.
 * Compared on 29 November 2026 with the members that the EDPB lists (edpb.europa.eu, *Members*, as copied from there on
 * 3 September 2026): all thirty of the EEA. Switzerland, the United Kingdom and Japan are not on that list.
 */
const table = `
AT Österreichische Datenschutzbehörde|www.dsb.gv.at
BE Autorité de protection des données – Gegevensbeschermingsautoriteit|www.autoriteprotectiondonnees.be
BG Комисия за защита на личните данни|www.cpdp.bg
CH Eidgenössischer Datenschutz- und Öffentlichkeitsbeauftragter (EDÖB)|www.edoeb.admin.ch
CY Γραφείο Επιτρόπου Προστασίας Δεδομένων Προσωπικού Χαρακτήρα|www.dataprotection.gov.cy
CZ Úřad pro ochranu osobních údajů|www.uoou.gov.cz
DE Die Bundesbeauftragte für den Datenschutz und die Informationsfreiheit (BfDI)|www.bfdi.bund.de
DK Datatilsynet|www.datatilsynet.dk
EE Andmekaitse Inspektsioon|www.aki.ee
ES Agencia Española de Protección de Datos (AEPD)|www.aepd.es
FI Tietosuojavaltuutetun toimisto|tietosuoja.fi
FR Commission nationale de l'informatique et des libertés (CNIL)|www.cnil.fr
GB Information Commissioner's Office (ICO)|ico.org.uk
GR Αρχή Προστασίας Δεδομένων Προσωπικού Χαρακτήρα|www.dpa.gr
HR Agencija za zaštitu osobnih podataka (AZOP)|azop.hr
HU Nemzeti Adatvédelmi és Információszabadság Hatóság (NAIH)|www.naih.hu
IE Data Protection Commission|www.dataprotection.ie
IS Persónuvernd|www.personuvernd.is
IT Garante per la protezione dei dati personali|www.garanteprivacy.it
JP 個人情報保護委員会|www.ppc.go.jp
LI Datenschutzstelle|www.datenschutzstelle.li
LT Valstybinė duomenų apsaugos inspekcija|vdai.lrv.lt
LU Commission nationale pour la protection des données (CNPD)|cnpd.public.lu
LV Datu valsts inspekcija|www.dvi.gov.lv
MT Office of the Information and Data Protection Commissioner|idpc.org.mt
NL Autoriteit Persoonsgegevens|autoriteitpersoonsgegevens.nl
NO Datatilsynet|www.datatilsynet.no
PL Urząd Ochrony Danych Osobowych (UODO)|uodo.gov.pl
PT Comissão Nacional de Proteção de Dados (CNPD)|www.cnpd.pt
RO Autoritatea Națională de Supraveghere a Prelucrării Datelor cu Caracter Personal|www.dataprotection.ro
SE Integritetsskyddsmyndigheten (IMY)|www.imy.se
SI Informacijski pooblaščenec|www.ip-rs.si
SK Úrad na ochranu osobných údajov Slovenskej republiky|dataprotection.gov.sk`

const authorities = new Map<string, Authority>(
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', host = ''] = line.slice(3).split('|')
      return [line.slice(0, 2), { name, url: `https://${host}` }]
    }),
)

const hostOf = ({ url }: Authority): string => new URL(url).hostname.replace(/^www\./, '')

/** The one where the person lives first, then the company's, where that is another (U17). */
export const authoritiesFor = (company: { authority: Authority }, country: string | undefined): Authority[] => {
  const own = authorities.get(country ?? '')
  if (!own || hostOf(own) === hostOf(company.authority)) return [company.authority]
  return [own, company.authority]
}
