### O que os clientes leem na página de pagamento, em português.

## Todas as páginas

test-mode = Modo de teste
test-explained = Nenhum dinheiro é movimentado. Não introduza um cartão real.
time-left = Tempo para pagar
one-minute-left = Resta um minuto para pagar.
half-a-minute-left = Restam 30 segundos para pagar.
return-to-shop = Voltar à loja
redirecting = A redirecionar…

## O formulário

pay-heading = Pagar a { $merchant }
reserve-heading = Pré-autorização para { $merchant }
reserved-not-charged = O montante fica agora cativo no seu cartão. Será cobrado mais tarde ou libertado.
card-details = Dados do cartão
number = Número do cartão
number-missing = Introduza o número do cartão.
number-invalid = Verifique o número do cartão: tem de 13 a 19 dígitos, e um está errado ou em falta.
expiry = Validade
expiry-example = MM / AA
expiry-missing = Introduza a validade do cartão.
expiry-invalid = Introduza a validade como mês e ano, por exemplo 12/30.
expiry-past = Este cartão expirou. Use outro cartão.
cvc = Código de segurança
cvc-hint = 3 dígitos no verso; Amex: 4 à frente
cvc-missing = Introduza o código de segurança do cartão.
cvc-invalid = Verifique o código de segurança: 3 dígitos, ou 4 no American Express.
holder-name = Nome no cartão
holder-name-missing = Introduza o nome que está no cartão.
holder-name-invalid = Introduza o nome como está no cartão, com pelo menos 3 caracteres.
problems = { $count ->
    [one] Há um campo a verificar.
   *[other] Há { $count } campos a verificar.
}
problem-title = Erro: { $title }
pay = Pagar { $amount }
reserve = Pré-autorizar { $amount }
processing = A processar…
cancel = Cancelar e voltar à loja
encrypted = O número e o código de segurança são enviados encriptados e não são guardados.

## Recusado

declined-heading = O seu pagamento não foi aceite
not-tried-heading = O seu cartão não foi utilizado
not-tried-text = Esta página estava desatualizada: entretanto houve outra tentativa. Introduza o cartão de novo.
card-used = { $brand } terminado em { $digits }, válido até { $expiry }
card = Cartão
declined-declined = O seu banco recusou o pagamento. Nada foi cobrado. Tente outro cartão ou contacte o seu banco.
declined-card-expired = O cartão expirou. Nada foi cobrado. Tente outro cartão.
declined-invalid-card = O banco não reconhece este número de cartão. Nada foi cobrado. Verifique o número ou tente outro cartão.
declined-not-enough-balance = Não há saldo suficiente no cartão. Nada foi cobrado. Tente outro cartão.
declined-cvc-declined = O código de segurança não está correto. Nada foi cobrado. Verifique-o e tente de novo.
declined-error = Não foi possível contactar o banco. Nada foi cobrado. Tente de novo dentro de momentos ou use outro cartão.
declined-not-authenticated = Não confirmou o pagamento junto do seu banco. Nada foi cobrado. Tente de novo ou use outro cartão.

## 3-D Secure

challenge-heading = Confirme o pagamento
challenge-text = O seu banco quer ter a certeza de que é mesmo você. Em teste, este passo é simulado: escolha como termina.
approve = Aprovar
reject = Rejeitar

## No fornecedor de pagamentos

start-text = Paga na página do fornecedor de pagamentos da loja e depois volta aqui.
start = Continuar para o pagamento
wait-heading = O seu pagamento está a ser confirmado
wait-text = Pode demorar um momento. Pode fechar esta página: a loja saberá como termina. Não pague uma segunda vez.
back-to-payment = Voltar à página de pagamento

## Como terminou

paid-heading = Pagamento concluído
paid-text = Pagou { $amount } a { $merchant }.
reserved-text = Foram cativados { $amount } no seu cartão para { $merchant }.
continue = Continuar para a loja
expired-heading = O tempo para pagar terminou
expired-text = Nada foi cobrado. Volte à loja para tentar de novo.
cancelled-heading = Pagamento cancelado
cancelled-text = Cancelou o pagamento. Nada foi cobrado.
failed-heading = Pagamento não efetuado
failed-text = Nada foi cobrado. Volte à loja para tentar de novo.
unavailable-heading = Pagamento indisponível
unavailable-text = Esta loja ainda não pode aceitar pagamentos: nenhum processador de pagamentos está ligado. Nada foi cobrado.
not-found-heading = Página não encontrada
not-found-text = Esta ligação de pagamento não é válida. Volte à loja e tente de novo.
not-understood-heading = Formulário ilegível
not-understood-text = Não foi possível ler o formulário. Recarregue a página.
error-heading = Algo correu mal
error-text = Não conseguimos verificar o estado do seu pagamento. Recarregue a página dentro de momentos: nada é cobrado duas vezes.
load-again = Recarregar a página
trace = Referência para apoio

## Ajuda em teste

test-help = Cartões e nomes de teste
test-help-cards = Qualquer um destes números, qualquer validade futura e um código de segurança de 3 dígitos (American Express: 4).
test-help-names = O nome no cartão decide o resultado.
test-number = Número
test-name = Nome
test-result = Resultado
test-any-name = qualquer outro nome
test-challenge = 3-D Secure
test-use = Preencher com { $value }
result-authorised = Autorizado
result-declined = Recusado
result-card-expired = Recusado: cartão expirado
result-invalid-card = Recusado: número inválido
result-not-enough-balance = Recusado: saldo insuficiente
result-cvc-declined = Recusado: código de segurança
result-fraud = Recusado: suspeita de fraude
result-error = Recusado: erro do adquirente
