"""The words by which pages that are no articles give themselves away, in the languages that are met most."""

from __future__ import annotations

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


def _at_start(*alternatives: str) -> re.Pattern[str]:
    return re.compile(f"^(?:{'|'.join(alternatives)})", re.IGNORECASE)


ASKS_CONSENT = _any(
    r"\bwe (?:value|respect|care about) your (?:data|privacy)",
    r"\b(?:we|us) and (?:our|up to|\d[\d,.]{0,6})\b",
    r"\bour (?:\d[\d,.]{0,6} )?(?:trusted |advertising |selected )?(?:partners|vendors)\b",
    r"\bwe(?: also)? use cookies\b|\bbefore you continue\b",
    r"\byour (?:privacy |cookie |consent )?(?:choices|settings|preferences|consent)\b",
    r"\byou (?:can|may) (?:accept|refuse|reject|manage|withdraw|object|change|give)\b",
    r"\bby (?:clicking|continuing|accepting|selecting|pressing|tapping)\b|\b(?:accept|reject|decline|allow) all\b",
    r"\bwir und unsere\b|\bunsere[rn]? (?:\d{1,4} )?partner\b|\balle akzeptieren\b",
    r"\bihre (?:privatsphäre|einwilligung|zustimmung)\b",
    r"\bnous et nos\b|\bnos (?:\d{1,4} )?partenaires\b|\bvotre (?:vie privée|consentement)\b",
    r"\btout accepter\b|\bcontinuer sans accepter\b",
    r"\bnosotros y nuestros\b|\bnuestros (?:\d{1,4} )?socios\b|\b[st]u privacidad\b|\baceptar todo\b",
    r"\bnoi e i nostri\b|\bi nostri (?:\d{1,4} )?(?:partner|fornitori)\b|\bla tua privacy\b|\baccetta tutto\b",
    r"\bwij en onze\b|\bonze (?:\d{1,4} )?partners\b|\b(?:jouw|uw) privacy\b",
)
"""What only a site that asks for consent says of itself and to its reader."""

ABOUT_CONSENT = _any(
    r"\bcookies?\b|\bconsent\b|\blegitimate interest\b|\bpersonal data\b|\bbrowsing data\b",
    r"\bpersonali[sz]ed (?:ads?|advertis|content)|\bmeasure (?:ads?|advertis|content|audience)",
    r"\b(?:ad|advertising|content|audience) measurement\b|\binformation on (?:a|your) device\b",
    r"\bprivacy (?:policy|notice|cent)",
    r"\bdaten(?:schutz|verarbeitung)|\beinwilligung|\bpersonalisierte",
    r"\bconsentement\b|\bdonnées\b|\bpersonnalisé|\bconsentimiento\b|\bpersonalizad",
    r"\bconsenso\b|\bdati personali\b|\bpersonalizzat|\btoestemming\b|\bgepersonaliseerde",
)
"""What such a page is about, and articles on privacy are, too."""

NOT_FOUND = _any(
    r"\b(?:page|article|story|content|post|file|address|url|resource|link|document)\b.{0,30}"
    r"\b(?:not (?:be )?found|not available|no longer (?:available|exists?|here)|does(?:n['’]t| not) exist|unavailable"
    r"|missing|(?:been )?removed|deleted|moved|expired)\b",
    r"^(?:error:? )?4(?:04|10)\b|\b404\b|^not found|\bnot found$|\bcan(?:['’]t|not) (?:be found|find)\b",
    r"\bseite\b.{0,20}\bnicht (?:gefunden|verfügbar)|\bpage (?:introuvable|non trouvée)",
    r"\bpágina no (?:encontrada|existe)|\bpagina (?:non trovata|niet gevonden)",
    r"\bsidan\b.{0,20}\bhittades|\bстраница не найдена",
)
SAYS_NOT_FOUND = _any(
    r"\bsorry\b|\boops\b|\bpage (?:that )?you(?:['’]re| are| were)?\b|\byou (?:were|are) looking for\b",
    r"\byou requested\b|\b(?:may|might|could) have (?:been )?(?:moved|deleted|removed|expired|renamed)",
    r"\bback to (?:the |our )?home|\bhome ?page\b|\btry (?:a |the |our |again|using)?\s?search",
    r"\bcheck the (?:address|url|link|spelling)|\bno longer (?:available|exists?|online)\b",
    r"\bdoes(?:n['’]t| not) exist\b|\bentschuldig|\bstartseite\b|\bleider\b",
    r"\bdésolé|\bpage d['’]accueil\b|\blo sentimos\b|\bpágina de inicio\b|\bspiacenti\b",
)

ROBOT_TITLE = _at_start(
    r"just a moment|attention required|access (?:to this page has been )?denied|are you (?:a robot|human)",
    r"security check|robot check|pardon our interruption|checking your browser|ddos-guard|human verification",
    r"client challenge|(?:error )?403\b|(?:verify|confirm) (?:that )?you are (?:a )?human|one more step",
    r"unusual traffic",
)
SAYS_ROBOT = _any(
    r"\byou are (?:a )?human\b|\bnot a (?:ro)?bot\b|\benable javascript and cookies\b|\bcaptcha\b|\bray id\b",
    r"\bunusual (?:traffic|activity)\b|\bchecking (?:your browser|if the site connection)",
    r"\bpermission to (?:access|view)\b|\bautomated (?:access|requests|traffic)\b|\bsecurity (?:service|check)\b",
)

FAILED_TITLE = _any(
    r"\b(?:error|http) 50[0234]\b|^50[0234] (?:bad|error|gateway|internal|service)|^bad gateway|^gateway time-?out",
    r"^internal server error|\bservice (?:temporarily )?unavailable|^(?:down for|under|scheduled) maintenance",
    r"\b(?:site|website|page|server)\b.{0,30}\bmaintenance\b|^we['’]ll be (?:right )?back",
)
SAYS_FAILED = _any(
    r"\btry again (?:later|soon|in)\b|\bback (?:soon|shortly)\b|\bsorry\b|\binconvenience\b|\bmaintenance\b",
    r"\boverloaded\b|\b(?:nginx|apache|cloudflare|varnish)\b|\berror (?:code|reference)\b",
)

LOGIN_TITLE = _at_start(
    r"(?:please )?(?:sign|log) ?(?:in|on)\b|login\b|(?:members?|subscribers?) (?:only|login|area)\b",
    r"create (?:an?|your)(?: free)? account|register (?:now|to (?:read|continue))|anmelden\b|einloggen\b",
    r"(?:se )?connexion\b|se connecter\b|iniciar sesión|accedi\b|inloggen\b",
)
SAYS_LOGIN = _any(
    r"\b(?:log|sign)(?:ged|ned)?[ -]?in\b|\bpassword\b|\b(?:create|have) an account\b|\bregister(?:ed)?\b",
    r"\bpasswort\b|\bmot de passe\b|\bcontraseña\b|\bwachtwoord\b",
)

SAYS_REDIRECT = _any(
    r"\b(?:being|be|are|get) redirected\b|\bredirecting\b|\bif nothing happens\b|\bthis page has moved\b",
    r"\bif you are not\b.{0,30}\b(?:automatically|forwarded|redirected|taken)\b",
    r"\bclick (?:here|the link|below)\b.{0,40}\b(?:continue|go on|proceed|automatically|article|page)\b",
    r"\bweitergeleitet\b|\bredirigé|\bredirigid",
)
SAYS_SCRIPT = _any(
    r"\b(?:enable|activate|turn on|requires?|need) javascript\b",
    r"\bjavascript (?:is |to be )?(?:disabled|required|enabled|to run)\b",
)

SAYS_PAYWALL = _any(
    r"\b(?:continue|keep) reading\b.{0,60}\b(?:subscri|sign|log|register|join|buy|account)",
    r"\b(?:subscri|sign|log|register|join|buy)\w{0,10}\b.{0,60}\bto (?:continue|keep) reading\b",
    r"\bsubscri(?:be|bers?|ption)\b.{0,60}\b(?:to (?:read|unlock|access)|exclusive|full (?:article|story|access))",
    r"\b(?:article|story|content|page) is (?:only |exclusively )?(?:for|available to|reserved for)\b.{0,30}"
    r"\b(?:subscribers|members)",
    r"\balready (?:a|have a) (?:subscriber|member|subscription)\b|\bfor (?:our )?(?:subscribers|members) only\b",
    r"\bread the (?:rest|full)\b.{0,40}\bsubscri|\bexclusively for (?:our )?(?:subscribers|members)\b",
    r"\bunlock this (?:article|story)\b|\bjetzt (?:abonnieren|weiterlesen)\b",
    r"\bréservé (?:à|aux) (?:nos )?abonnés\b|\bsolo (?:para|per) (?:suscriptores|abbonati)\b",
)
