### Ce que les clients lisent sur la page de paiement, en français.

## Toutes les pages

test-mode = Mode test
test-explained = Aucun argent n’est débité. Ne saisissez pas de vraie carte.
time-left = Temps restant pour payer
one-minute-left = Il reste une minute pour payer.
half-a-minute-left = Il reste 30 secondes pour payer.
return-to-shop = Retourner à la boutique
redirecting = Redirection…

## Le formulaire

pay-heading = Payer { $merchant }
reserve-heading = Préautorisation pour { $merchant }
reserved-not-charged = Le montant est bloqué maintenant sur votre carte. Il sera débité plus tard ou libéré.
card-details = Informations de la carte
number = Numéro de carte
number-missing = Saisissez le numéro de la carte.
number-invalid = Vérifiez le numéro de la carte : il compte 13 à 19 chiffres, dont un est faux ou manquant.
expiry = Date d’expiration
expiry-example = MM / AA
expiry-missing = Saisissez la date d’expiration de la carte.
expiry-invalid = Saisissez le mois et l’année d’expiration, par exemple 12/30.
expiry-past = Cette carte a expiré. Utilisez une autre carte.
cvc = Code de sécurité
cvc-hint = 3 chiffres au dos ; Amex : 4 au recto
cvc-missing = Saisissez le code de sécurité de la carte.
cvc-invalid = Vérifiez le code de sécurité : 3 chiffres, ou 4 sur American Express.
holder-name = Nom sur la carte
holder-name-missing = Saisissez le nom inscrit sur la carte.
holder-name-invalid = Saisissez le nom tel qu’il figure sur la carte, avec au moins 3 caractères.
problems = { $count ->
    [one] Un champ est à vérifier.
   *[other] { $count } champs sont à vérifier.
}
problem-title = Erreur : { $title }
pay = Payer { $amount }
reserve = Préautoriser { $amount }
processing = Traitement en cours…
cancel = Annuler et retourner à la boutique
encrypted = Le numéro et le code de sécurité sont chiffrés à l’envoi et ne sont pas conservés.

## Paiement refusé

declined-heading = Votre paiement n’a pas été accepté
not-tried-heading = Votre carte n’a pas été essayée
not-tried-text = Cette page n’était plus à jour : une autre tentative a eu lieu entre-temps. Saisissez la carte à nouveau.
card-used = { $brand } se terminant par { $digits }, valable jusqu’à { $expiry }
card = Carte
declined-declined = Votre banque a refusé le paiement. Rien n’a été débité. Essayez une autre carte ou contactez votre banque.
declined-card-expired = La carte a expiré. Rien n’a été débité. Essayez une autre carte.
declined-invalid-card = La banque ne reconnaît pas ce numéro de carte. Rien n’a été débité. Vérifiez le numéro ou essayez une autre carte.
declined-not-enough-balance = Le solde de la carte est insuffisant. Rien n’a été débité. Essayez une autre carte.
declined-cvc-declined = Le code de sécurité n’est pas correct. Rien n’a été débité. Vérifiez-le et réessayez.
declined-error = La banque n’a pas pu être jointe. Rien n’a été débité. Réessayez dans un instant ou utilisez une autre carte.
declined-not-authenticated = Vous n’avez pas confirmé le paiement auprès de votre banque. Rien n’a été débité. Réessayez ou utilisez une autre carte.

## 3-D Secure

challenge-heading = Confirmez le paiement
challenge-text = Votre banque veut s’assurer qu’il s’agit bien de vous. En mode test, cette étape est simulée : choisissez son issue.
approve = Approuver
reject = Refuser

## Chez le prestataire de paiement

start-text = Vous payez sur la page du prestataire de paiement de la boutique, puis vous revenez ici.
start = Continuer vers le paiement
wait-heading = Votre paiement est en cours de confirmation
wait-text = Cela peut prendre un moment. Vous pouvez fermer cette page : la boutique saura comment il se termine. Ne payez pas une seconde fois.
back-to-payment = Revenir à la page de paiement

## Le résultat

paid-heading = Paiement effectué
paid-text = Vous avez payé { $amount } à { $merchant }.
reserved-text = { $amount } sont bloqués sur votre carte pour { $merchant }.
continue = Continuer vers la boutique
expired-heading = Le temps pour payer est écoulé
expired-text = Rien n’a été débité. Retournez à la boutique pour réessayer.
cancelled-heading = Paiement annulé
cancelled-text = Vous avez annulé le paiement. Rien n’a été débité.
failed-heading = Paiement non effectué
failed-text = Rien n’a été débité. Retournez à la boutique pour réessayer.
unavailable-heading = Paiement indisponible
unavailable-text = Cette boutique ne peut pas encore accepter de paiements : aucun prestataire de paiement n’est connecté. Rien n’a été débité.
not-found-heading = Page introuvable
not-found-text = Ce lien de paiement n’est pas valide. Retournez à la boutique et réessayez.
not-understood-heading = Formulaire illisible
not-understood-text = Le formulaire n’a pas pu être lu. Rechargez la page.
error-heading = Un problème est survenu
error-text = Nous n’avons pas pu vérifier l’état de votre paiement. Rechargez la page dans un instant : rien n’est débité deux fois.
load-again = Recharger la page
trace = Référence pour l’assistance

## Aide en mode test

test-help = Cartes et noms de test
test-help-cards = N’importe lequel de ces numéros, une date d’expiration future et un code de sécurité de 3 chiffres (American Express : 4).
test-help-names = Le nom sur la carte décide du résultat.
test-number = Numéro
test-name = Nom
test-result = Résultat
test-any-name = tout autre nom
test-challenge = 3-D Secure
test-use = Remplir avec { $value }
result-authorised = Autorisé
result-declined = Refusé
result-card-expired = Refusé : carte expirée
result-invalid-card = Refusé : numéro non valide
result-not-enough-balance = Refusé : solde insuffisant
result-cvc-declined = Refusé : code de sécurité
result-fraud = Refusé : suspicion de fraude
result-error = Refusé : erreur de l’acquéreur
