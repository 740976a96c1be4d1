"""The names of months and weekdays in European languages other than English, as the Unicode CLDR has them."""

from __future__ import annotations

import unicodedata

# Without accents, a line a month. A name that is one month here and another there ("listopad") is in no line.
_NAMES = (
    "ene enero gen gener gennaio ianuarie jaan jaanuar jan janeiro januar januara januari janv janvaris janvier leden "
    "ledna ocak saus sausio sausis sijecanj sijecnja sty styczen stycznia tammi tammikuu tammikuuta ιανουαριοσ "
    "ιανουαριου січень січня янв январь января януари јануар",
    "feb febbraio febr febrer febrero februar februara februari februarie februaris fev fevereiro fevr fevrier helmi "
    "helmikuu helmikuuta lut lutego luty subat unor unora vasario vasaris veebr veebruar velj veljaca veljace "
    "φεβρουαριοσ φεβρουαριου лютии лютого фебруар февр февраль февраля февруари",
    "brezen brezna kovas kovo maalis maaliskuu maaliskuuta maart maerz mar marc marca marcius marco marec maret mars "
    "mart martie marts marz marzec marzo mrt ozujak ozujka μαρτιοσ μαρτιου березень березня мар март марта",
    "abr abril apr april aprila aprile aprilie aprilis aprill avr avril balandis balandzio duben dubna huhti huhtikuu "
    "huhtikuuta kwi kwiecien kwietnia nisan travanj travnja απριλιοσ απριλιου апр апрель апреля април квіт квітень "
    "квітня",
    "geguze geguzes kveten kvetna mag maggio mai maig maijs maio maj maja majus may mayis mayo mei svibanj svibnja "
    "touko toukokuu toukokuuta μαιοσ μαιου маи мая трав травень травня",
    "birz birzelio birzelis cerven cervna cze czerwca czerwiec giu giugno haziran iunie juin jun juna junho juni "
    "junij junijs junio junius juny juuni kesa kesakuu kesakuuta lipanj lipnja ιουν ιουνιοσ ιουνιου июн июнь июня "
    "черв червень червня",
    "cervence cervenec heina heinakuu heinakuuta iulie juil juillet jul jula julho juli julij julijs julio juliol "
    "julius juuli liep liepa liepos lipca lipiec lug luglio srpanj srpnja temmuz ιουλ ιουλιοσ ιουλιου июл июль июля "
    "липень липня",
    "ago agost agosto agust agustos agustus aout aug august augusta augusti augusts augustus augusztus avgust elokuu "
    "elokuuta kolovoz kolovoza rugp rugpjucio rugpjutis sie sierpien sierpnia srpen srpna αυγουστοσ αυγουστου авг "
    "август августа серп серпень серпня",
    "eylul rugs rugsejis rugsejo rujan rujna sep sept septembar september septembra septembre septembrie septembris "
    "septiembre set setembre setembro settembre syys syyskuu syyskuuta szept szeptember wrz wrzesien wrzesnia zari "
    "σεπτεμβριοσ σεπτεμβριου вересень вересня сент сентябрь сентября септембар септември",
    "ekim loka lokakuu lokakuuta oct octobre octombrie octubre okt oktobar oktober oktobra oktobris oktoober ott "
    "ottobre out outubro paz pazdziernik pazdziernika rijen rijna spal spalio spalis οκτωβριοσ οκτωβριου жовт жовтень "
    "жовтня окт октобар октомври октябрь октября",
    "kasim lapkr lapkricio lapkritis listopadu marras marraskuu marraskuuta noiembrie nov novembar november novembra "
    "novembre novembris novembro noviembre studeni studenoga νοεμβριοσ νοεμβριου лист листопад листопада новембар "
    "ноември нояб ноябрь ноября",
    "aralik dec decembar december decembra decembre decembrie decembris des desember desembre dets detsember dez "
    "dezember dezembro dic dicembre diciembre gru grudnia grudzien gruod gruodis gruodzio joulu joulukuu joulukuuta "
    "prosinac prosinca prosince prosinec δεκεμβριοσ δεκεμβριου груд грудень грудня дек декабрь декабря декември "
    "децембар",
)
# In full, and short where that is usual beside a date.
_WEEKDAYS = frozenset(
    """
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
    lundi mardi mercredi jeudi vendredi samedi dimanche
    lunes martes miercoles jueves viernes sabado domingo
    lunedi martedi mercoledi giovedi venerdi sabato domenica
    segunda terca quarta quinta sexta feira segunda-feira terca-feira quarta-feira quinta-feira sexta-feira
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    mandag tirsdag onsdag torsdag fredag lørdag søndag tisdag lordag sondag
    poniedziałek poniedziałku wtorek sroda czwartek piatek sobota niedziela
    понедельник вторник среда четверг пятница суббота воскресенье
    pazartesi sali carsamba persembe cuma cumartesi pazar
    """.split()
)
_NUMBERS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}


def foreign_month(word: str) -> int | None:
    """Return 5 for "Mai", "mayo" and "мая"; None if the word is no month, or not the same one everywhere."""
    return _NUMBERS.get(_folded(word))


def is_foreign_weekday(word: str) -> bool:
    """Return whether the word is a weekday, such as "lundi" or "Mo."."""
    return _folded(word) in _WEEKDAYS


def _folded(word: str) -> str:
    """Return a word in lower case without accents and the full stop of a short form."""
    letters = unicodedata.normalize("NFKD", word.casefold()).replace("ı", "i")
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).rstrip(".")
