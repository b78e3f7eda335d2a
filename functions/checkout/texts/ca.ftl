### El que llegeixen els clients a la pàgina de pagament, en català.

## Totes les pàgines

test-mode = Mode de prova
test-explained = No es mou cap diner. No hi poseu cap targeta real.
time-left = Temps per pagar
one-minute-left = Queda un minut per pagar.
half-a-minute-left = Queden 30 segons per pagar.
return-to-shop = Torna a la botiga
redirecting = S’està redirigint…

## El formulari

pay-heading = Paga a { $merchant }
reserve-heading = Preautorització per a { $merchant }
reserved-not-charged = L’import queda retingut ara a la vostra targeta. Es cobrarà més tard o s’alliberarà.
card-details = Dades de la targeta
number = Número de targeta
number-missing = Escriviu el número de la targeta.
number-invalid = Reviseu el número de la targeta: té de 13 a 19 xifres, i en falta alguna o no és correcta.
expiry = Caducitat
expiry-example = MM / AA
expiry-missing = Escriviu la data de caducitat de la targeta.
expiry-invalid = Escriviu la caducitat com a mes i any, per exemple 12/30.
expiry-past = Aquesta targeta ha caducat. Feu servir una altra targeta.
cvc = Codi de seguretat
cvc-hint = 3 xifres al dors; Amex: 4 al davant
cvc-missing = Escriviu el codi de seguretat de la targeta.
cvc-invalid = Reviseu el codi de seguretat: 3 xifres, o 4 a American Express.
holder-name = Nom a la targeta
holder-name-missing = Escriviu el nom que figura a la targeta.
holder-name-invalid = Escriviu el nom tal com figura a la targeta, amb 3 caràcters com a mínim.
problems = { $count ->
    [one] Hi ha un camp per revisar.
   *[other] Hi ha { $count } camps per revisar.
}
problem-title = Error: { $title }
pay = Paga { $amount }
reserve = Preautoritza { $amount }
processing = S’està processant…
cancel = Cancel·la i torna a la botiga
encrypted = El número i el codi de seguretat s’envien xifrats i no es desen.

## Pagament rebutjat

declined-heading = No s’ha acceptat el pagament
not-tried-heading = No s’ha provat la targeta
not-tried-text = Aquesta pàgina no estava al dia: mentrestant hi ha hagut un altre intent. Escriviu la targeta de nou.
card-used = { $brand } acabada en { $digits }, caduca { $expiry }
card = Targeta
declined-declined = El vostre banc ha rebutjat el pagament. No s’ha cobrat res. Proveu amb una altra targeta o consulteu el banc.
declined-card-expired = La targeta ha caducat. No s’ha cobrat res. Proveu amb una altra targeta.
declined-invalid-card = El banc no reconeix aquest número de targeta. No s’ha cobrat res. Reviseu el número o proveu amb una altra targeta.
declined-not-enough-balance = No hi ha prou saldo a la targeta. No s’ha cobrat res. Proveu amb una altra targeta.
declined-cvc-declined = El codi de seguretat no és correcte. No s’ha cobrat res. Reviseu-lo i torneu-ho a provar.
declined-error = No s’ha pogut contactar amb el banc. No s’ha cobrat res. Torneu-ho a provar d’aquí a un moment o feu servir una altra targeta.
declined-not-authenticated = No heu confirmat el pagament amb el vostre banc. No s’ha cobrat res. Torneu-ho a provar o feu servir una altra targeta.

## 3-D Secure

challenge-heading = Confirmeu el pagament
challenge-text = El vostre banc vol assegurar-se que sou vós. En proves aquest pas és simulat: trieu com acaba.
approve = Aprova
reject = Rebutja

## Al proveïdor de pagaments

start-text = Pagareu a la pàgina del proveïdor de pagaments de la botiga i després tornareu aquí.
start = Continua amb el pagament
wait-heading = El vostre pagament s’està confirmant
wait-text = Pot trigar un moment. Podeu tancar aquesta pàgina: la botiga sabrà com acaba. No pagueu una segona vegada.
back-to-payment = Torna a la pàgina de pagament

## Com ha acabat

paid-heading = Pagament completat
paid-text = Heu pagat { $amount } a { $merchant }.
reserved-text = S’han retingut { $amount } a la vostra targeta per a { $merchant }.
continue = Continua cap a la botiga
expired-heading = S’ha acabat el temps per pagar
expired-text = No s’ha cobrat res. Torneu a la botiga per provar-ho de nou.
cancelled-heading = Pagament cancel·lat
cancelled-text = Heu cancel·lat el pagament. No s’ha cobrat res.
failed-heading = Pagament no realitzat
failed-text = No s’ha cobrat res. Torneu a la botiga per provar-ho de nou.
unavailable-heading = Pagament no disponible
unavailable-text = Aquesta botiga encara no pot acceptar pagaments: no hi ha cap processador de pagaments connectat. No s’ha cobrat res.
not-found-heading = Pàgina no trobada
not-found-text = Aquest enllaç de pagament no és vàlid. Torneu a la botiga i proveu-ho de nou.
not-understood-heading = Formulari no vàlid
not-understood-text = No s’ha pogut llegir el formulari. Torneu a carregar la pàgina.
error-heading = Alguna cosa ha fallat
error-text = No hem pogut comprovar com està el vostre pagament. Torneu a carregar la pàgina d’aquí a un moment: res no es cobra dues vegades.
load-again = Torna a carregar la pàgina
trace = Referència per al suport

## Ajuda en mode de prova

test-help = Targetes i noms de prova
test-help-cards = Qualsevol d’aquests números, qualsevol caducitat futura i un codi de seguretat de 3 xifres (American Express: 4).
test-help-names = El nom a la targeta decideix el resultat.
test-number = Número
test-name = Nom
test-result = Resultat
test-any-name = qualsevol altre nom
test-challenge = 3-D Secure
test-use = Omple amb { $value }
result-authorised = Autoritzat
result-declined = Rebutjat
result-card-expired = Rebutjat: targeta caducada
result-invalid-card = Rebutjat: número no vàlid
result-not-enough-balance = Rebutjat: saldo insuficient
result-cvc-declined = Rebutjat: codi de seguretat
result-fraud = Rebutjat: sospita de frau
result-error = Rebutjat: error de l’adquirent
