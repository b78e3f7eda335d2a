### What customers read on the payment page, in English.
### A test compares all languages: the same messages, the same variables.

## Every page

test-mode = Test mode
test-explained = No money is moved. Do not enter a real card.
time-left = Time left to pay
one-minute-left = One minute left to pay.
half-a-minute-left = 30 seconds left to pay.
return-to-shop = Return to the shop
redirecting = Redirecting…

## The form

pay-heading = Pay { $merchant }
reserve-heading = Pre-authorisation for { $merchant }
reserved-not-charged = The amount is reserved on your card now. It is charged later or released.
card-details = Card details
number = Card number
number-missing = Enter the card number.
number-invalid = Check the card number: it has 13 to 19 digits, and one is wrong or missing.
expiry = Expiry date
expiry-example = MM / YY
expiry-missing = Enter the expiry date of the card.
expiry-invalid = Enter the expiry date as month and year, for example 12/30.
expiry-past = This card has expired. Use another card.
cvc = Security code
cvc-hint = 3 digits on the back; Amex: 4 on the front
cvc-missing = Enter the security code of the card.
cvc-invalid = Check the security code: 3 digits, or 4 on American Express.
holder-name = Name on the card
holder-name-missing = Enter the name on the card.
holder-name-invalid = Enter the name as on the card, with at least 3 characters.
problems = { $count ->
    [one] One field needs your attention.
   *[other] { $count } fields need your attention.
}
problem-title = Error: { $title }
pay = Pay { $amount }
reserve = Authorise { $amount }
processing = Processing…
cancel = Cancel and return to the shop
encrypted = Card number and security code are sent encrypted and are not stored.

## Declined

declined-heading = Your payment was not accepted
not-tried-heading = Your card was not tried
not-tried-text = This page was out of date: another attempt was made meanwhile. Enter the card again.
card-used = { $brand } ending in { $digits }, expires { $expiry }
card = Card
declined-declined = Your bank declined the payment. Nothing was charged. Try another card, or ask your bank.
declined-card-expired = The card has expired. Nothing was charged. Try another card.
declined-invalid-card = The bank does not know this card number. Nothing was charged. Check the number, or try another card.
declined-not-enough-balance = There is not enough money on the card. Nothing was charged. Try another card.
declined-cvc-declined = The security code is not right. Nothing was charged. Check the code and try again.
declined-error = The bank could not be reached. Nothing was charged. Try again in a moment, or use another card.
declined-not-authenticated = You did not confirm the payment with your bank. Nothing was charged. Try again, or use another card.

## 3-D Secure

challenge-heading = Confirm the payment
challenge-text = Your bank wants to be sure that it is you. In Test this step is simulated: choose how it ends.
approve = Approve
reject = Reject

## At the shop's payment provider

start-text = You pay on the page of the shop’s payment provider, and come back here afterwards.
start = Continue to payment
wait-heading = Your payment is being confirmed
wait-text = This may take a moment. You can close this page: the shop is told how it ends. Do not pay a second time.
back-to-payment = Back to the payment page

## How it ended

paid-heading = Payment complete
paid-text = You paid { $amount } to { $merchant }.
reserved-text = { $amount } is reserved on your card for { $merchant }.
continue = Continue to the shop
expired-heading = The time to pay is over
expired-text = Nothing was charged. Go back to the shop to try again.
cancelled-heading = Payment cancelled
cancelled-text = You cancelled the payment. Nothing was charged.
failed-heading = Payment not made
failed-text = Nothing was charged. Go back to the shop to try again.
unavailable-heading = Payment not available
unavailable-text = This shop cannot take payments yet: no payment processor is connected. Nothing was charged.
not-found-heading = Page not found
not-found-text = This payment link is not valid. Go back to the shop and try again.
not-understood-heading = Form not understood
not-understood-text = The form could not be read. Load the page again.
error-heading = Something went wrong
error-text = We could not find out how your payment stands. Load the page again in a moment: nothing is charged twice.
load-again = Load the page again
trace = Reference for support

## Help in Test

test-help = Test cards and names
test-help-cards = Any of these numbers, any expiry date in the future, and a security code of 3 digits (American Express: 4).
test-help-names = The name on the card decides the result.
test-number = Number
test-name = Name
test-result = Result
test-any-name = any other name
test-challenge = 3-D Secure
test-use = Fill in { $value }
result-authorised = Authorised
result-declined = Declined
result-card-expired = Declined: expired card
result-invalid-card = Declined: invalid number
result-not-enough-balance = Declined: not enough balance
result-cvc-declined = Declined: security code
result-fraud = Declined: suspected fraud
result-error = Declined: acquirer error
