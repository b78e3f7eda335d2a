### Was Kunden auf der Zahlungsseite lesen, auf Deutsch.

## Alle Seiten

test-mode = Testmodus
test-explained = Es fließt kein Geld. Geben Sie keine echte Karte ein.
time-left = Verbleibende Zeit
one-minute-left = Noch eine Minute Zeit zum Bezahlen.
half-a-minute-left = Noch 30 Sekunden Zeit zum Bezahlen.
return-to-shop = Zurück zum Shop
redirecting = Sie werden weitergeleitet …

## Das Formular

pay-heading = Zahlung an { $merchant }
reserve-heading = Vormerkung für { $merchant }
reserved-not-charged = Der Betrag wird jetzt auf Ihrer Karte vorgemerkt. Er wird später abgebucht oder freigegeben.
card-details = Kartendaten
number = Kartennummer
number-missing = Geben Sie die Kartennummer ein.
number-invalid = Prüfen Sie die Kartennummer: Sie hat 13 bis 19 Ziffern, und eine ist falsch oder fehlt.
expiry = Gültig bis
expiry-example = MM / JJ
expiry-missing = Geben Sie ein, bis wann die Karte gültig ist.
expiry-invalid = Geben Sie Monat und Jahr ein, zum Beispiel 12/30.
expiry-past = Diese Karte ist abgelaufen. Verwenden Sie eine andere Karte.
cvc = Sicherheitscode
cvc-hint = 3 Ziffern hinten; Amex: 4 vorne
cvc-missing = Geben Sie den Sicherheitscode der Karte ein.
cvc-invalid = Prüfen Sie den Sicherheitscode: 3 Ziffern, bei American Express 4.
holder-name = Name auf der Karte
holder-name-missing = Geben Sie den Namen auf der Karte ein.
holder-name-invalid = Geben Sie den Namen wie auf der Karte ein, mit mindestens 3 Zeichen.
problems = { $count ->
    [one] Ein Feld ist zu prüfen.
   *[other] { $count } Felder sind zu prüfen.
}
problem-title = Fehler: { $title }
pay = { $amount } bezahlen
reserve = { $amount } vormerken
processing = Wird verarbeitet …
cancel = Abbrechen und zurück zum Shop
encrypted = Kartennummer und Sicherheitscode werden verschlüsselt gesendet und nicht gespeichert.

## Abgelehnt

declined-heading = Ihre Zahlung wurde nicht angenommen
not-tried-heading = Ihre Karte wurde nicht belastet
not-tried-text = Diese Seite war veraltet: Inzwischen gab es einen anderen Versuch. Geben Sie die Karte noch einmal ein.
card-used = { $brand } mit den Endziffern { $digits }, gültig bis { $expiry }
card = Karte
declined-declined = Ihre Bank hat die Zahlung abgelehnt. Es wurde nichts abgebucht. Versuchen Sie es mit einer anderen Karte oder fragen Sie Ihre Bank.
declined-card-expired = Die Karte ist abgelaufen. Es wurde nichts abgebucht. Versuchen Sie es mit einer anderen Karte.
declined-invalid-card = Die Bank kennt diese Kartennummer nicht. Es wurde nichts abgebucht. Prüfen Sie die Nummer oder verwenden Sie eine andere Karte.
declined-not-enough-balance = Die Karte ist nicht ausreichend gedeckt. Es wurde nichts abgebucht. Versuchen Sie es mit einer anderen Karte.
declined-cvc-declined = Der Sicherheitscode stimmt nicht. Es wurde nichts abgebucht. Prüfen Sie ihn und versuchen Sie es erneut.
declined-error = Die Bank war nicht erreichbar. Es wurde nichts abgebucht. Versuchen Sie es gleich noch einmal oder verwenden Sie eine andere Karte.
declined-not-authenticated = Sie haben die Zahlung nicht bei Ihrer Bank bestätigt. Es wurde nichts abgebucht. Versuchen Sie es erneut oder verwenden Sie eine andere Karte.

## 3-D Secure

challenge-heading = Bestätigen Sie die Zahlung
challenge-text = Ihre Bank möchte sicher sein, dass Sie es sind. Im Test wird dieser Schritt simuliert: Wählen Sie, wie er ausgeht.
approve = Bestätigen
reject = Ablehnen

## Beim Zahlungsanbieter

start-text = Sie zahlen auf der Seite des Zahlungsanbieters des Shops und kommen danach hierher zurück.
start = Weiter zur Zahlung
wait-heading = Ihre Zahlung wird bestätigt
wait-text = Das kann einen Moment dauern. Sie können diese Seite schließen: Der Shop erfährt, wie es ausgeht. Zahlen Sie nicht ein zweites Mal.
back-to-payment = Zurück zur Zahlungsseite

## Wie es ausging

paid-heading = Zahlung abgeschlossen
paid-text = Sie haben { $amount } an { $merchant } bezahlt.
reserved-text = { $amount } sind auf Ihrer Karte für { $merchant } vorgemerkt.
continue = Weiter zum Shop
expired-heading = Die Zeit zum Bezahlen ist abgelaufen
expired-text = Es wurde nichts abgebucht. Gehen Sie zurück zum Shop, um es erneut zu versuchen.
cancelled-heading = Zahlung abgebrochen
cancelled-text = Sie haben die Zahlung abgebrochen. Es wurde nichts abgebucht.
failed-heading = Zahlung nicht erfolgt
failed-text = Es wurde nichts abgebucht. Gehen Sie zurück zum Shop, um es erneut zu versuchen.
unavailable-heading = Zahlung nicht möglich
unavailable-text = Dieser Shop kann noch keine Zahlungen annehmen: Es ist kein Zahlungsdienstleister angeschlossen. Es wurde nichts abgebucht.
not-found-heading = Seite nicht gefunden
not-found-text = Dieser Zahlungslink ist nicht gültig. Gehen Sie zurück zum Shop und versuchen Sie es erneut.
not-understood-heading = Formular nicht verstanden
not-understood-text = Das Formular konnte nicht gelesen werden. Laden Sie die Seite neu.
error-heading = Etwas ist schiefgegangen
error-text = Wir konnten nicht feststellen, wie es um Ihre Zahlung steht. Laden Sie die Seite gleich noch einmal: Nichts wird doppelt abgebucht.
load-again = Seite neu laden
trace = Referenz für den Support

## Hilfe im Test

test-help = Testkarten und Testnamen
test-help-cards = Jede dieser Nummern, jedes Datum in der Zukunft, ein Sicherheitscode von 3 Ziffern (American Express: 4).
test-help-names = Der Name auf der Karte entscheidet über das Ergebnis.
test-number = Nummer
test-name = Name
test-result = Ergebnis
test-any-name = jeder andere Name
test-challenge = 3-D Secure
test-use = { $value } einsetzen
result-authorised = Genehmigt
result-declined = Abgelehnt
result-card-expired = Abgelehnt: Karte abgelaufen
result-invalid-card = Abgelehnt: ungültige Nummer
result-not-enough-balance = Abgelehnt: keine Deckung
result-cvc-declined = Abgelehnt: Sicherheitscode
result-fraud = Abgelehnt: Betrugsverdacht
result-error = Abgelehnt: Fehler beim Acquirer
