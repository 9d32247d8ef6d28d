import type { Language } from './language.ts';

/** English, German, Dutch and the Romance languages. */
export const WESTERN: readonly Language[] = [
  {
    code: 'en',
    source:
      'discourse/email_reply_trimmer lib/email_reply_trimmer/embedded_email_matcher.rb; crisp-oss/email-reply-parser lib/regex.ts',
    from: 'from | sender',
    date: 'sent | date | sent at | date sent',
    to: 'to | cc | bcc | reply-to | reply to',
    subject: 'subject',
    wrote: 'wrote | writes | said | says | quoting',
    opens: 'on | in a message dated | at | in message',
    original: 'original message | original email | original mail | reply message | original appointment | original',
    forwarded:
      'forwarded message | forwarded by | forwarded mail | begin forwarded message | forward message | fwd.msg',
  },
  {
    code: 'de',
    source: 'crisp-oss/email-reply-parser test/fixtures/email_german*.txt; alfonsrv/mail-parser-reply constants.py',
    from: 'von | absender',
    date: 'gesendet | datum | gesendet am | verschickt',
    to: 'an | kopie | cc | antwort an | kopie (cc)',
    subject: 'betreff',
    wrote:
      'schrieb | schreibt | schrieben | hat geschrieben | geschrieben | schrieben sie | folgendes geschrieben | zitat von',
    opens: 'am | den | in einer nachricht vom | in einer e-mail vom | on',
    original:
      'ursprüngliche nachricht | originalnachricht | original-nachricht | original nachricht | ursprüngliche mail | originalmail | urspr. nachricht',
    forwarded:
      'weitergeleitete nachricht | weitergeleitete mail | anfang der weitergeleiteten nachricht | anfang der weitergeleiteten e-mail | weitergeleitet von | weitergeleitet',
  },
  {
    code: 'fr',
    source: 'crisp-oss/email-reply-parser test/fixtures/email_fr_multiline.txt, email_ios_outlook_fr.txt',
    from: 'de | expéditeur | exp',
    date: "envoyé | date | envoyé le | date d'envoi",
    to: 'à | a | cc | destinataire | destinataires | copie à | pour',
    subject: 'objet | sujet',
    wrote: 'a écrit | écrit | a ecrit | écrivait | nous a dit',
    opens: 'le | dans un message du | en date du',
    original:
      "message d'origine | message original | message d'origine de l'expéditeur | mail original | e-mail d'origine",
    forwarded:
      'message transféré | message transmis | début du message réexpédié | début du message transféré | message réexpédié | forwarded message',
  },
  {
    code: 'es',
    source: 'thoughtbot/griddler issue 163; twentyhq/twenty issue 25315; alfonsrv/mail-parser-reply constants.py',
    from: 'de | remitente | desde',
    date: 'enviado | enviado el | fecha | enviada | fecha de envío | enviado en',
    to: 'para | a | cc | cco | destinatario',
    subject: 'asunto',
    wrote: 'escribió | escribio | escribe | ha escrito | escribía | citando a',
    opens: 'el | en | con fecha | el día | el usuario',
    original: 'mensaje original | mensaje de origen | correo original | mensaje inicial',
    forwarded:
      'mensaje reenviado | inicio del mensaje reenviado | mensaje enviado | correo reenviado | comienzo del mensaje reenviado',
  },
  {
    code: 'pt',
    source:
      'crisp-oss/email-reply-parser test/fixtures/email_portuguese.txt; discourse/email_reply_trimmer email_header_matcher.rb',
    from: 'de | remetente',
    date: 'enviado | enviada em | enviado em | data | enviada | enviado a',
    to: 'para | cc | cco | c/c | destinatário',
    subject: 'assunto',
    wrote: 'escreveu | escreve | escreveu o seguinte | escrita | citando',
    opens: 'em | no dia | a | na | no | o utilizador | o usuário',
    original: 'mensagem original | mensagem de origem | email original | mensagem original anterior',
    forwarded:
      'mensagem encaminhada | mensagem reencaminhada | início da mensagem encaminhada | início da mensagem reencaminhada | forwarded message',
  },
  {
    code: 'it',
    source:
      'crisp-oss/email-reply-parser test/fixtures/email_italian.txt; alfonsrv/mail-parser-reply test/emails/email_it_wrap.txt',
    from: 'da | mittente',
    date: 'inviato | data | inviato il | data invio | inviata',
    to: 'a | cc | ccn | per | destinatario | per conoscenza',
    subject: 'oggetto',
    wrote: 'ha scritto | scrive | scritto | ha scritto il',
    opens: 'il | il giorno | in data',
    original: 'messaggio originale | messaggio di origine | messaggio originario | messaggio iniziale',
    forwarded: 'messaggio inoltrato | inizio messaggio inoltrato | messaggio inoltrato da',
  },
  {
    code: 'nl',
    source: 'alfonsrv/mail-parser-reply test/emails/email_nl_*.txt; mailgun/talon tests/text_quotations_test.py',
    from: 'van | afzender',
    date: 'verzonden | datum | verstuurd | verzonden op',
    to: 'aan | cc | kopie | naar',
    subject: 'onderwerp',
    wrote: 'schreef | heeft geschreven | geschreven | schrijft | het volgende geschreven | citeren',
    opens: 'op | in een bericht gedateerd | in een bericht met datum | heeft',
    original: 'oorspronkelijk bericht | origineel bericht | oorspronkelijke bericht | oorspronkelijke mail',
    forwarded: 'doorgestuurd bericht | begin doorgestuurd bericht | doorgestuurde e-mail | doorgezonden bericht',
  },
  {
    code: 'ca',
    source: 'Thunderbird localisation, composeMsgs.properties (ca)',
    from: 'de | remitent',
    date: 'enviat | data | enviat el',
    to: 'per a | a | cc | per',
    subject: 'assumpte | tema',
    wrote: 'va escriure | ha escrit | escrigué',
    opens: 'el | missatge de | el dia',
    original: "missatge original | missatge d'origen",
    forwarded: 'missatge reenviat | inici del missatge reenviat',
  },
  {
    code: 'ro',
    source: 'crisp-oss/email-forward-parser (Apple Mail and Yahoo, ro)',
    from: 'de la | de | expeditor | expeditorul',
    date: 'trimis | data | dată | trimis la | dată trimitere | trimisă',
    to: 'către | catre | cc | la | pentru | destinatar',
    subject: 'subiect | subiectul',
    wrote: 'a scris | scrie | a scris următoarele',
    opens: 'pe | în data de | la data de | la | în',
    original: 'mesaj original | mesajul original | mesaj inițial | mesajul inițial',
    forwarded:
      'mesaj redirecționat | mesaj redirectionat | mesaj transmis | începutul mesajului redirecționat | mesaj înaintat | începe mesajul redirecționat',
  },
];
