/** Lines with which mail programs name the mail they quote, as collected from public test mails and bug reports. */
export interface WroteLine {
  readonly what: string;
  readonly line: string;
}

const ANA = 'Ana Me <me@acme.example>';

const wrote = (rows: string): readonly WroteLine[] =>
  rows
    .trim()
    .split('\n')
    .map((row) => {
      const [what = '', line = ''] = row.split(' | ').map((part) => part.trim());
      return { what, line: line.replaceAll('ANA', ANA).replaceAll('\\n', '\n') };
    });

export const WROTE_LINES = wrote(`
en Gmail | On Tue, Jun 3, 2025 at 10:00 AM ANA wrote:
en Gmail, broken | On Tue, Jun 3, 2025 at 10:00 AM Ana Me <\\nme@acme.example> wrote:
en Gmail, broken before the verb | On Tue, Jun 3, 2025 at 10:00 AM Ana Me <me@acme.example>\\nwrote:
en Gmail, three lines | On Tue, Jun 3, 2025 at 10:00 AM\\nAna Me <me@acme.example>\\nwrote:
en Apple Mail | On 3 Jun 2025, at 10:00, ANA wrote:
en Outlook 2019 | On 03/06/2025, 10:00, "Ana Me" <me@acme.example> wrote:
en Yahoo | On Tuesday, June 3, 2025 at 10:00:00 AM GMT+2, ANA wrote:
en Zoho | ---- On Tue, 03 Jun 2025 10:00:00 +0200 ANA wrote ----
en Zoho, of 2015 | ---- On Tue, 22 Dec 2015 14:17:36 +0530 Ana Me<me@acme.example> wrote ----
en Proton | On Tuesday, June 3rd, 2025 at 10:00 AM, ANA wrote:
en Evolution | On Tue, 2025-06-03 at 10:00 +0200, Ana Me wrote:
en Eudora | At 6/3/2025 10:00 AM, you wrote:
en name first | Ana Me <me@acme.example> wrote on 3 June 2025 10:00:
en newsgroup | In message <abc@acme.example>, Ana Me <me@acme.example> writes:
en AOL | In a message dated 6/3/2025 10:00:24 A.M. Central Daylight Time, me@acme.example writes:
en Gmail with mailto | On Tue, Jun 3, 2025 at 10:00 AM Ana Me [mailto:me@acme.example] wrote:
de Gmail | Am Di., 3. Juni 2025 um 10:00 Uhr schrieb ANA:
de Thunderbird | Am 03.06.2025 um 10:00 schrieb Ana Me:
de Apple Mail | Am 03.06.2025 um 10:00 schrieb ANA:
de Outlook 2019 | Am 03.06.25, 10:00 schrieb "Ana Me" <me@acme.example>:
de Gmail, name first | ANA schrieb am Di., 3. Juni 2025, 10:00:
de Evolution | Am Dienstag, dem 03.06.2025 um 10:00 +0200 schrieb Ana Me:
de hat geschrieben | Am 03.06.2025 um 10:00 hat ANA geschrieben:
fr Gmail | Le mar. 3 juin 2025 à 10:00, ANA a écrit :
fr Gmail, broken | Le mar. 3 juin 2025 à 10:00, Ana Me <me@acme.example> a\\nécrit :
fr Apple Mail | Le 3 juin 2025 à 10:00, ANA a écrit :
fr Outlook 2019 | Le 03/06/2025 10:00, « Ana Me » <me@acme.example> a écrit :
fr Thunderbird | Le 03/06/2025 à 10:00, Ana Me a écrit :
es Gmail | El mar, 3 jun 2025 a las 10:00, Ana Me (<me@acme.example>) escribió:
es Apple Mail | El 3 jun 2025, a las 10:00, ANA escribió:
es Outlook 2019 | El 3/6/25 10:00, "Ana Me" <me@acme.example> escribió:
es Yahoo | En martes, 3 de junio de 2025, 10:00:00 GMT+2, ANA escribió:
pt Gmail | Em ter., 3 de jun. de 2025 às 10:00, ANA escreveu:
pt Apple Mail | Em 3 de jun. de 2025, à(s) 10:00, ANA escreveu:
pt Gmail of Portugal | ANA escreveu (terça, 3/06/2025 à(s) 10:00):
it Gmail | Il giorno mar 3 giu 2025 alle ore 10:00 ANA ha scritto:
it Apple Mail | Il giorno 3 giu 2025, alle ore 10:00, ANA ha scritto:
it Thunderbird | Il 03/06/2025 10:00, Ana Me ha scritto:
it Yahoo | Il martedì 3 giugno 2025 alle ore 10:00:00 CEST, ANA ha scritto:
nl Gmail | Op di 3 jun 2025 om 10:00 schreef ANA:
nl Apple Mail | Op 3 jun 2025, om 10:00 heeft ANA het volgende geschreven:
nl Thunderbird | Op 3-6-2025 om 10:00 schreef Ana Me:
da Gmail | Den tirs. 3. jun. 2025 kl. 10.00 skrev ANA:
da Apple Mail | Den 3. jun. 2025 kl. 10.00 skrev ANA:
da date first | tirs. 3. jun. 2025 kl. 10.00 skrev ANA:
sv Gmail | Den tis 3 juni 2025 kl 10:00 skrev ANA:
sv Outlook 2019 | Den 2025-06-03 10:00 skrev "Ana Me" <me@acme.example> följande:
sv Apple Mail | 3 juni 2025 kl. 10:00 skrev ANA:
no Gmail | tir. 3. juni 2025 kl. 10:00 skrev ANA:
no Outlook 2019 | Ana Me <me@acme.example> skrev følgende den 03.06.2025 10:00:
fi Gmail | ti 3. kesäk. 2025 klo 10.00 ANA kirjoitti:
fi name first | Ana Me (me@acme.example) kirjoitti 3.6.2025 kello 10.00:
fi Thunderbird | 3.6.2025 10.00, Ana Me kirjoitti:
pl Gmail | wt., 3 cze 2025 o 10:00 ANA napisał(a):
pl Apple Mail | Wiadomość napisana przez Ana Me <me@acme.example> w dniu 3 cze 2025, o godz. 10:00:
pl Thunderbird | W dniu 3.06.2025 o 10:00, Ana Me pisze:
pl Onet | Dnia 3 czerwca 2025 10:00 Ana Me <me@acme.example> napisał(a):
cs Gmail | út 3. 6. 2025 v 10:00 odesílatel ANA napsal:
cs Thunderbird | Dne 03. 06. 25 v 10:00 Ana Me napsal(a):
cs Outlook 2019 | Dne 03.06.2025 10:00, Ana Me <me@acme.example> napsal(a):
sk Gmail | ut 3. 6. 2025 o 10:00 ANA napísal(a):
sk Outlook 2019 | Dňa 3.6.2025 10:00 používateľ Ana Me (<me@acme.example>) napísal:
hu Gmail | ANA ezt írta (időpont: 2025. jún. 3., K, 10:00):
hu Gmail, broken | Ana Me <me@acme.example> ezt írta (időpont: 2025. jún.\\n3., K, 10:00):
hu Outlook 2019 | 2025. 06. 03. 10:00 időpontban Ana Me <me@acme.example> ezt írta:
ro Gmail | În mar., 3 iun. 2025 la 10:00, ANA a scris:
ro Apple Mail | Pe 3 iun. 2025, la 10:00, ANA a scris:
ru Gmail | вт, 3 июн. 2025 г. в 10:00, ANA:
ru Apple Mail | 3 июня 2025 г., в 10:00, ANA написал(а):
ru Outlook 2019 | 03.06.2025 10:00 пользователь "Ana Me" <me@acme.example> написал:
ru Thunderbird | 03.06.2025 10:00, Ana Me пишет:
ru Yandex | 03.06.2025, 10:00, "Ana Me" <me@acme.example>:
uk Gmail | вт, 3 черв. 2025 р. о 10:00 ANA пише:
bg Gmail | На вт, 3.06.2025 г. в 10:00 ANA написа:
hr Gmail | uto, 3. lip 2025. u 10:00 ANA napisao je:
sl Gmail | V tor., 3. jun. 2025 ob 10:00 je oseba ANA napisala:
sr Gmail | уто, 3. јун 2025. у 10:00 ANA је написао/ла:
tr Gmail | ANA, 3 Haz 2025 Sal, 10:00 tarihinde şunu yazdı:
tr Gmail, date first | 3 Haz 2025 Sal, 10:00 tarihinde ANA şunu yazdı:
tr Outlook 2019 | "Ana Me" <me@acme.example>, 3.06.2025 10:00 tarihinde şunu yazdı:
el Gmail | Στις Τρί 3 Ιουν 2025 στις 10:00 π.μ., ο χρήστης ANA έγραψε:
ja Gmail | 2025年6月3日(火) 10:00 ANA:
ja Apple Mail | 2025/06/03 10:00、Ana Me <me@acme.example>のメール:
ja Thunderbird | On 2025/06/03 10:00, Ana Me wrote:
zh Gmail | Ana Me <me@acme.example> 于2025年6月3日周二 10:00写道：
zh Apple Mail | 在 2025年6月3日，10:00，Ana Me <me@acme.example> 写道：
zh-TW Gmail | Ana Me <me@acme.example> 於 2025年6月3日 週二 上午10:00寫道：
ko Gmail | 2025년 6월 3일 (화) 오전 10:00, Ana Me <me@acme.example>님이 작성:
ko Apple Mail | 2025. 6. 3. 오전 10:00, Ana Me <me@acme.example> 작성:
ar Gmail | في الثلاثاء، 3 يونيو 2025 في 10:00 ص تمت كتابة ما يلي بواسطة ANA:
he Gmail | ‫בתאריך יום ג׳, 3 ביוני 2025 ב-10:00 מאת ‪Ana Me‬‏ <‪me@acme.example‬‏>:‬
fa Gmail | در تاریخ سه‌شنبه ۳ ژوئن ۲۰۲۵،‏ ۱۰:۰۰ ANA نوشت:
vi Gmail | Vào Th 3, 3 thg 6, 2025 vào lúc 10:00 ANA đã viết:
id Gmail | Pada tanggal Sel, 3 Jun 2025 pukul 10.00 ANA menulis:
th Gmail | ในวันที่ อ. 3 มิ.ย. 2025 เวลา 10:00 ANA เขียนว่า:
ca Gmail | Missatge de Ana Me <me@acme.example> del dia dt., 3 de juny 2025 a les 10:00:
et Gmail | Kuupäev T, 3. juuni 2025 kell 10:00 kirjutas kasutaja ANA:
lt Gmail | 2025-06-03, an, 10:00 ANA rašė:
lv Gmail | otrd., 2025. g. 3. jūn., plkst. 10:00 — lietotājs Ana Me (<me@acme.example>) rakstīja:
is Gmail | Þann þri., 3. jún. 2025 kl. 10:00 skrifaði ANA:
Gmail of 2013 | 2013/10/2 Ana Me <me@acme.example>
Gmail of 2016 | 2016-03-03 17:21 GMT+01:00 Ana Me <me@acme.example>:
`);

/** Labels of Outlook's block: from, date, to, subject. Source: Outlook, New Outlook and Apple Mail in that language. */
export const BLOCK_LABELS: Readonly<
  Record<string, readonly [from: string, date: string, to: string, subject: string]>
> = {
  en: ['From', 'Sent', 'To', 'Subject'],
  'en, Apple': ['From', 'Date', 'To', 'Subject'],
  de: ['Von', 'Gesendet', 'An', 'Betreff'],
  'de, Datum': ['Von', 'Datum', 'An', 'Betreff'],
  fr: ['De ', 'Envoyé ', 'À ', 'Objet '],
  'fr, Date': ['De', 'Date', 'À', 'Objet'],
  es: ['De', 'Enviado el', 'Para', 'Asunto'],
  'es, Fecha': ['De', 'Fecha', 'Para', 'Asunto'],
  pt: ['De', 'Enviada em', 'Para', 'Assunto'],
  'pt of Portugal': ['De', 'Enviado', 'Para', 'Assunto'],
  it: ['Da', 'Inviato', 'A', 'Oggetto'],
  nl: ['Van', 'Verzonden', 'Aan', 'Onderwerp'],
  da: ['Fra', 'Sendt', 'Til', 'Emne'],
  sv: ['Från', 'Skickat', 'Till', 'Ämne'],
  no: ['Fra', 'Sendt', 'Til', 'Emne'],
  fi: ['Lähettäjä', 'Lähetetty', 'Vastaanottaja', 'Aihe'],
  pl: ['Od', 'Wysłano', 'Do', 'Temat'],
  cs: ['Od', 'Odesláno', 'Komu', 'Předmět'],
  sk: ['Od', 'Odoslané', 'Komu', 'Predmet'],
  hu: ['Feladó', 'Elküldve', 'Címzett', 'Tárgy'],
  ro: ['De la', 'Trimis', 'Către', 'Subiect'],
  hr: ['Od', 'Poslano', 'Prima', 'Predmet'],
  ru: ['От', 'Отправлено', 'Кому', 'Тема'],
  uk: ['Від', 'Надіслано', 'Кому', 'Тема'],
  bg: ['От', 'Изпратено', 'До', 'Относно'],
  tr: ['Kimden', 'Gönderildi', 'Kime', 'Konu'],
  el: ['Από', 'Στάλθηκε', 'Προς', 'Θέμα'],
  ja: ['差出人', '送信日時', '宛先', '件名'],
  zh: ['发件人', '发送时间', '收件人', '主题'],
  'zh-TW': ['寄件者', '寄件日期', '收件者', '主旨'],
  ko: ['보낸 사람', '보낸 날짜', '받는 사람', '제목'],
  ar: ['من', 'تم الإرسال', 'إلى', 'الموضوع'],
  he: ['מאת', 'נשלח', 'אל', 'נושא'],
};

/** Between dashes above a mail that is answered. */
export const ORIGINALS: readonly string[] = [
  '-----Original Message-----',
  '----- Original Message -----',
  '-------- Original message --------',
  '-----Ursprüngliche Nachricht-----',
  '-------- Originalnachricht --------',
  "-----Message d'origine-----",
  '-----Message d’origine-----',
  '-----Mensaje original-----',
  '-----Mensagem original-----',
  '-----Messaggio originale-----',
  '-----Oorspronkelijk bericht-----',
  '-----Oprindelig meddelelse-----',
  '-----Ursprungligt meddelande-----',
  '-----Opprinnelig melding-----',
  '-----Alkuperäinen viesti-----',
  '-----Wiadomość oryginalna-----',
  '-----Původní zpráva-----',
  '-----Eredeti üzenet-----',
  '-----Mesaj original-----',
  '-----Исходное сообщение-----',
  '-----Orijinal Mesaj-----',
  '-----Αρχικό μήνυμα-----',
  '-----元のメッセージ-----',
  '------------------ 原始邮件 ------------------',
  '-----원본 메시지-----',
  '-----الرسالة الأصلية-----',
  '-----הודעה מקורית-----',
];

/** Above a mail that is passed on. */
export const FORWARDS: readonly string[] = [
  '---------- Forwarded message ---------',
  '-------- Weitergeleitete Nachricht --------',
  '-------- Message transféré --------',
  '----- Message transmis -----',
  '---------- Mensaje reenviado ---------',
  '----- Mensagem encaminhada -----',
  '-------- Messaggio Inoltrato --------',
  '-------- Doorgestuurd bericht --------',
  '-------- Videresendt meddelelse --------',
  '-------- Vidarebefordrat meddelande --------',
  '-------- Videresendt melding --------',
  '-------- Välitetty viesti / Fwd.Msg --------',
  '----- Przekazana wiadomość -----',
  '-------- Přeposlaná zpráva --------',
  '-------- Továbbított üzenet --------',
  '----- Mesaj redirecționat -----',
  '-------- Перенаправленное сообщение --------',
  '-------- Переслане повідомлення --------',
  '-------- İletilen İleti --------',
  '---------- メッセージを転送 ----------',
  'Begin forwarded message:',
  'Anfang der weitergeleiteten Nachricht:',
  'Début du message réexpédié :',
  'Inicio del mensaje reenviado:',
  'Inizio messaggio inoltrato:',
];
