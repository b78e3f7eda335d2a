### Ciò che i clienti leggono nella pagina di pagamento, in italiano.

## Tutte le pagine

test-mode = Modalità di prova
test-explained = Non viene mosso denaro. Non inserisca una carta reale.
time-left = Tempo per pagare
one-minute-left = Resta un minuto per pagare.
half-a-minute-left = Restano 30 secondi per pagare.
return-to-shop = Torna al negozio
redirecting = Reindirizzamento…

## Il modulo

pay-heading = Paga { $merchant }
reserve-heading = Preautorizzazione per { $merchant }
reserved-not-charged = L’importo viene bloccato ora sulla carta. Sarà addebitato più tardi o svincolato.
card-details = Dati della carta
number = Numero della carta
number-missing = Inserisca il numero della carta.
number-invalid = Controlli il numero della carta: ha da 13 a 19 cifre, e una manca o non è corretta.
expiry = Scadenza
expiry-example = MM / AA
expiry-missing = Inserisca la scadenza della carta.
expiry-invalid = Inserisca la scadenza come mese e anno, per esempio 12/30.
expiry-past = Questa carta è scaduta. Usi un’altra carta.
cvc = Codice di sicurezza
cvc-hint = 3 cifre sul retro; Amex: 4 davanti
cvc-missing = Inserisca il codice di sicurezza della carta.
cvc-invalid = Controlli il codice di sicurezza: 3 cifre, o 4 su American Express.
holder-name = Nome sulla carta
holder-name-missing = Inserisca il nome riportato sulla carta.
holder-name-invalid = Inserisca il nome come riportato sulla carta, con almeno 3 caratteri.
problems = { $count ->
    [one] C’è un campo da controllare.
   *[other] Ci sono { $count } campi da controllare.
}
problem-title = Errore: { $title }
pay = Paga { $amount }
reserve = Preautorizza { $amount }
processing = Elaborazione…
cancel = Annulla e torna al negozio
encrypted = Il numero e il codice di sicurezza vengono inviati cifrati e non vengono conservati.

## Rifiutato

declined-heading = Il pagamento non è stato accettato
not-tried-heading = La carta non è stata provata
not-tried-text = Questa pagina non era aggiornata: nel frattempo c’è stato un altro tentativo. Inserisca di nuovo la carta.
card-used = { $brand } che termina con { $digits }, scade { $expiry }
card = Carta
declined-declined = La banca ha rifiutato il pagamento. Non è stato addebitato nulla. Provi un’altra carta o chieda alla banca.
declined-card-expired = La carta è scaduta. Non è stato addebitato nulla. Provi un’altra carta.
declined-invalid-card = La banca non riconosce questo numero di carta. Non è stato addebitato nulla. Controlli il numero o provi un’altra carta.
declined-not-enough-balance = Il saldo della carta non è sufficiente. Non è stato addebitato nulla. Provi un’altra carta.
declined-cvc-declined = Il codice di sicurezza non è corretto. Non è stato addebitato nulla. Lo controlli e riprovi.
declined-error = Non è stato possibile contattare la banca. Non è stato addebitato nulla. Riprovi tra un momento o usi un’altra carta.
declined-not-authenticated = Non ha confermato il pagamento con la banca. Non è stato addebitato nulla. Riprovi o usi un’altra carta.

## 3-D Secure

challenge-heading = Confermi il pagamento
challenge-text = La banca vuole essere sicura che sia Lei. In modalità di prova questo passaggio è simulato: scelga come finisce.
approve = Approva
reject = Rifiuta

## Presso il fornitore di pagamento

start-text = Paga sulla pagina del fornitore di pagamento del negozio e poi torna qui.
start = Continua con il pagamento
wait-heading = Il pagamento è in corso di conferma
wait-text = Può richiedere qualche istante. Può chiudere questa pagina: il negozio saprà come finisce. Non paghi una seconda volta.
back-to-payment = Torna alla pagina di pagamento

## Com’è finita

paid-heading = Pagamento completato
paid-text = Ha pagato { $amount } a { $merchant }.
reserved-text = Sono stati bloccati { $amount } sulla carta per { $merchant }.
continue = Continua verso il negozio
expired-heading = Il tempo per pagare è scaduto
expired-text = Non è stato addebitato nulla. Torni al negozio per riprovare.
cancelled-heading = Pagamento annullato
cancelled-text = Ha annullato il pagamento. Non è stato addebitato nulla.
failed-heading = Pagamento non effettuato
failed-text = Non è stato addebitato nulla. Torni al negozio per riprovare.
unavailable-heading = Pagamento non disponibile
unavailable-text = Questo negozio non può ancora accettare pagamenti: nessun fornitore di servizi di pagamento è collegato. Non è stato addebitato nulla.
not-found-heading = Pagina non trovata
not-found-text = Questo link di pagamento non è valido. Torni al negozio e riprovi.
not-understood-heading = Modulo non leggibile
not-understood-text = Non è stato possibile leggere il modulo. Ricarichi la pagina.
error-heading = Qualcosa è andato storto
error-text = Non abbiamo potuto verificare lo stato del pagamento. Ricarichi la pagina tra un momento: nulla viene addebitato due volte.
load-again = Ricarica la pagina
trace = Riferimento per l’assistenza

## Aiuto in prova

test-help = Carte e nomi di prova
test-help-cards = Uno qualsiasi di questi numeri, una scadenza futura qualsiasi e un codice di sicurezza di 3 cifre (American Express: 4).
test-help-names = Il nome sulla carta decide il risultato.
test-number = Numero
test-name = Nome
test-result = Risultato
test-any-name = qualsiasi altro nome
test-challenge = 3-D Secure
test-use = Inserisci { $value }
result-authorised = Autorizzato
result-declined = Rifiutato
result-card-expired = Rifiutato: carta scaduta
result-invalid-card = Rifiutato: numero non valido
result-not-enough-balance = Rifiutato: saldo insufficiente
result-cvc-declined = Rifiutato: codice di sicurezza
result-fraud = Rifiutato: sospetta frode
result-error = Rifiutato: errore dell’acquirer
