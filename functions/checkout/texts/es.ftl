### Lo que leen los clientes en la página de pago, en español.

## Todas las páginas

test-mode = Modo de prueba
test-explained = No se mueve dinero. No introduzca una tarjeta real.
time-left = Tiempo para pagar
one-minute-left = Queda un minuto para pagar.
half-a-minute-left = Quedan 30 segundos para pagar.
return-to-shop = Volver a la tienda
redirecting = Redirigiendo…

## El formulario

pay-heading = Pagar a { $merchant }
reserve-heading = Preautorización para { $merchant }
reserved-not-charged = El importe se retiene ahora en su tarjeta. Se cobrará más tarde o se liberará.
card-details = Datos de la tarjeta
number = Número de tarjeta
number-missing = Escriba el número de la tarjeta.
number-invalid = Revise el número de la tarjeta: tiene de 13 a 19 cifras, y alguna falta o no es correcta.
expiry = Caducidad
expiry-example = MM / AA
expiry-missing = Escriba la fecha de caducidad de la tarjeta.
expiry-invalid = Escriba la caducidad como mes y año, por ejemplo 12/30.
expiry-past = Esta tarjeta está caducada. Use otra tarjeta.
cvc = Código de seguridad
cvc-hint = 3 cifras al dorso; Amex: 4 delante
cvc-missing = Escriba el código de seguridad de la tarjeta.
cvc-invalid = Revise el código de seguridad: 3 cifras, o 4 en American Express.
holder-name = Nombre en la tarjeta
holder-name-missing = Escriba el nombre que figura en la tarjeta.
holder-name-invalid = Escriba el nombre como figura en la tarjeta, con al menos 3 caracteres.
problems = { $count ->
    [one] Hay un campo que revisar.
   *[other] Hay { $count } campos que revisar.
}
problem-title = Error: { $title }
pay = Pagar { $amount }
reserve = Preautorizar { $amount }
processing = Procesando…
cancel = Cancelar y volver a la tienda
encrypted = El número y el código de seguridad se envían cifrados y no se guardan.

## Pago rechazado

declined-heading = No se ha aceptado el pago
not-tried-heading = No se ha probado su tarjeta
not-tried-text = Esta página no estaba al día: entretanto ha habido otro intento. Escriba la tarjeta de nuevo.
card-used = { $brand } terminada en { $digits }, caduca { $expiry }
card = Tarjeta
declined-declined = Su banco ha rechazado el pago. No se ha cobrado nada. Pruebe con otra tarjeta o consulte a su banco.
declined-card-expired = La tarjeta está caducada. No se ha cobrado nada. Pruebe con otra tarjeta.
declined-invalid-card = El banco no reconoce este número de tarjeta. No se ha cobrado nada. Revise el número o pruebe con otra tarjeta.
declined-not-enough-balance = No hay saldo suficiente en la tarjeta. No se ha cobrado nada. Pruebe con otra tarjeta.
declined-cvc-declined = El código de seguridad no es correcto. No se ha cobrado nada. Revíselo e inténtelo de nuevo.
declined-error = No se ha podido contactar con el banco. No se ha cobrado nada. Inténtelo de nuevo en un momento o use otra tarjeta.
declined-not-authenticated = No ha confirmado el pago con su banco. No se ha cobrado nada. Inténtelo de nuevo o use otra tarjeta.

## 3-D Secure

challenge-heading = Confirme el pago
challenge-text = Su banco quiere asegurarse de que es usted. En el entorno de prueba este paso es simulado: elija cómo termina.
approve = Aprobar
reject = Rechazar

## En el proveedor de pagos

start-text = Pagará en la página del proveedor de pagos de la tienda y después volverá aquí.
start = Continuar con el pago
wait-heading = Su pago se está confirmando
wait-text = Puede tardar un momento. Puede cerrar esta página: la tienda sabrá cómo termina. No pague otra vez.
back-to-payment = Volver a la página de pago

## Cómo ha terminado

paid-heading = Pago completado
paid-text = Ha pagado { $amount } a { $merchant }.
reserved-text = Se han retenido { $amount } en su tarjeta para { $merchant }.
continue = Continuar a la tienda
expired-heading = Se ha acabado el tiempo para pagar
expired-text = No se ha cobrado nada. Vuelva a la tienda para intentarlo de nuevo.
cancelled-heading = Pago cancelado
cancelled-text = Ha cancelado el pago. No se ha cobrado nada.
failed-heading = Pago no realizado
failed-text = No se ha cobrado nada. Vuelva a la tienda para intentarlo de nuevo.
unavailable-heading = Pago no disponible
unavailable-text = Esta tienda aún no puede aceptar pagos: no hay ningún procesador de pagos conectado. No se ha cobrado nada.
not-found-heading = Página no encontrada
not-found-text = Este enlace de pago no es válido. Vuelva a la tienda e inténtelo de nuevo.
not-understood-heading = Formulario no válido
not-understood-text = No se ha podido leer el formulario. Vuelva a cargar la página.
error-heading = Algo ha fallado
error-text = No hemos podido comprobar cómo está su pago. Vuelva a cargar la página en un momento: nada se cobra dos veces.
load-again = Volver a cargar la página
trace = Referencia para soporte

## Ayuda en modo de prueba

test-help = Tarjetas y nombres de prueba
test-help-cards = Cualquiera de estos números, cualquier caducidad futura y un código de seguridad de 3 cifras (American Express: 4).
test-help-names = El nombre en la tarjeta decide el resultado.
test-number = Número
test-name = Nombre
test-result = Resultado
test-any-name = cualquier otro nombre
test-challenge = 3-D Secure
test-use = Rellenar con { $value }
result-authorised = Autorizado
result-declined = Rechazado
result-card-expired = Rechazado: tarjeta caducada
result-invalid-card = Rechazado: número no válido
result-not-enough-balance = Rechazado: saldo insuficiente
result-cvc-declined = Rechazado: código de seguridad
result-fraud = Rechazado: sospecha de fraude
result-error = Rechazado: error del adquirente
