# Makes the vectors in this folder: Rscript tests/oracles/statistics/make.R
# R 4.2.2 with Debian's r-cran-proc (pROC 1.18.0), r-cran-boot, r-cran-epir (epiR 2.0.57),
# r-cran-coin, r-cran-sandwich, r-cran-survival, r-cran-survey and r-cran-jsonlite.
# Each vector holds the R call that made it. Where no package has a method, R solves the defining
# equation with uniroot, not with the closed form that the project uses.
suppressMessages({library(pROC); library(boot); library(jsonlite); library(epiR); library(coin); library(sandwich)})
tight <- 1e-15
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
save_as <- function(name, value)
  write(toJSON(value, digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null"), file.path(here, name))

# Scores with ties, of two models on the same 40 cases.
set.seed(20230401)
y <- c(rep(1, 17), rep(0, 23))
a <- round(rnorm(40) + 1.1 * y, 1)
b <- round(rnorm(40) * 0.7 + 0.4 * a + 0.3 * y, 1)
one <- roc(y, a, levels = c(0, 1), direction = "<", quiet = TRUE)
two <- roc(y, b, levels = c(0, 1), direction = "<", quiet = TRUE)
test <- roc.test(one, two, method = "delong", paired = TRUE)
difference <- ci.auc(one, method = "delong", conf.level = 0.9)
save_as("delong.json", list(
  call = "pROC::ci.auc(roc(y, a, levels=c(0,1), direction='<'), method='delong'); roc.test(one, two, method='delong', paired=TRUE); coords(one, 'all')",
  y = y, a = a, b = b,
  ci_a = as.numeric(ci.auc(one, method = "delong")),
  ci_a_90 = as.numeric(difference),
  ci_b = as.numeric(ci.auc(two, method = "delong")),
  var_a = var(one, method = "delong"), cov_ab = cov(one, two, method = "delong"),
  z = as.numeric(test$statistic), p = test$p.value,
  sensitivities = rev(one$sensitivities), specificities = rev(one$specificities)))

# Fagerland, Lydersen & Laake 2013 (BMC Med Res Methodol 13:91), as in the package contingencytables.
mid_p <- function(b, c) {
  if (b == c) 1 - 0.5 * dbinom(b, b + c, 0.5)
  else 2 * pbinom(min(b, c), b + c, 0.5) - dbinom(min(b, c), b + c, 0.5)
}
pairs <- list(c(0, 0), c(1, 0), c(0, 6), c(9, 0), c(12, 3), c(7, 7), c(25, 11), c(1, 14))
save_as("mcnemar.json", list(
  call = "binom.test(min(b,c), b+c)$p.value; mcnemar.test(matrix(c(30,b,c,20),2), correct=FALSE|TRUE); mid_p by Fagerland, Lydersen & Laake 2013, null where b = c = 0",
  cases = lapply(pairs, function(p) {
    m <- matrix(c(30, p[1], p[2], 20), 2)
    plain <- suppressWarnings(mcnemar.test(m, correct = FALSE))
    edwards <- suppressWarnings(mcnemar.test(m, correct = TRUE))
    list(gained = p[1], lost = p[2],
         exact = if (sum(p)) binom.test(min(p), sum(p))$p.value else 1,
         mid_p = if (sum(p)) mid_p(p[1], p[2]) else NA,
         asymptotic = plain$p.value, chi2 = as.numeric(plain$statistic),
         corrected = edwards$p.value, chi2_corrected = as.numeric(edwards$statistic))
  })))

p <- c(0.003, 0.083, 0.081, 0.748, 0.021, NA, 0.021)
save_as("holm.json", list(call = "p.adjust(p, 'holm')", p = p, holm = p.adjust(p, "holm")))

prevalence <- function(x, n, method, conf) {
  found <- epi.conf(matrix(c(x, n), 1), ctype = "prevalence", method = method, N = 1000, design = 1, conf.level = conf)
  c(found$lower, found$upper)
}
mid_p <- function(x, n, conf) {
  tail <- (1 - conf) / 2
  above <- function(p) pbinom(x, n, p, lower.tail = FALSE) + dbinom(x, n, p) / 2 - tail
  below <- function(p) pbinom(x - 1, n, p) + dbinom(x, n, p) / 2 - tail
  c(if (x > 0) uniroot(above, c(0, 1), tol = tight)$root else 0,
    if (x < n) uniroot(below, c(0, 1), tol = tight)$root else 1)
}
counts <- list(c(0, 12), c(38, 60), c(54, 60), c(60, 60), c(1, 3), c(193, 288))
save_as("proportions.json", list(
  call = "binom.test(x, n, conf.level=conf)$conf.int; prop.test(x, n, conf.level=conf, correct=FALSE)$conf.int (Wilson); epiR::epi.conf(matrix(c(x, n - x), 1) or c(x, n), ctype='prevalence', method='agresti'|'jeffreys'); uniroot(pbinom(x - 1, n, p, lower.tail=FALSE) - dbinom(x, n, p) / 2 - alpha / 2) (mid-P); qbinom(c(alpha / 2, 1 - alpha / 2), n, x / n) / n (bootstrap)",
  cases = unlist(lapply(counts, function(k) lapply(c(0.95, 0.9), function(conf) list(
    count = k[1], n = k[2], confidence = conf,
    clopper_pearson = as.numeric(binom.test(k[1], k[2], conf.level = conf)$conf.int),
    wilson = as.numeric(suppressWarnings(prop.test(k[1], k[2], conf.level = conf, correct = FALSE))$conf.int),
    agresti_coull = prevalence(k[1], k[2], "agresti", conf),
    jeffreys = prevalence(k[1], k[2], "jeffreys", conf),
    mid_p = mid_p(k[1], k[2], conf),
    bootstrap = qbinom(c((1 - conf) / 2, (1 + conf) / 2), k[2], k[1] / k[2]) / k[2]
  ))), recursive = FALSE)))

# A bootstrap of the AUROC and a sensitivity, strata balanced (15 + 15), given R's own indices.
keep <- c(1:15, 18:32)
ys <- y[keep]; as <- a[keep]
area <- function(y, s) mean(outer(s[y == 1], s[y == 0], function(u, v) (u > v) + (u == v) / 2))
statistic <- function(d, i) c(area(ys[i], as[i]), mean((as[i] >= 0.5)[ys[i] == 1]))
set.seed(7)
out <- boot(seq_along(ys), statistic, R = 399, strata = ys)
interval <- function(k) {
  influence <- empinf(out, index = k, type = "jack")
  ci <- boot.ci(out, index = k, type = c("perc", "bca"), L = influence)
  list(t0 = out$t0[k], percentile = ci$percent[4:5], bca = ci$bca[4:5], influence = influence)
}
save_as("bootstrap.json", list(
  call = "out <- boot(seq_along(y), c(AUROC, sensitivity at score >= 0.5), R=399, strata=y); boot.ci(out, index=k, type=c('perc','bca'), L=empinf(out, index=k, type='jack'))",
  y = ys, score = as, indices = boot.array(out, indices = TRUE),
  auroc = interval(1), sensitivity = interval(2)))

# Calibration: logistic regression on the logit of a score.
s <- plogis(0.8 * a - 0.2)
slope <- glm(y ~ qlogis(s), family = binomial, control = list(epsilon = 1e-14, maxit = 100))
large <- glm(y ~ offset(qlogis(s)), family = binomial, control = list(epsilon = 1e-14, maxit = 100))
save_as("calibration.json", list(
  call = "glm(y ~ qlogis(s), binomial); glm(y ~ offset(qlogis(s)), binomial); estimate +- qnorm(.975) * standard error; mean((s-y)^2)",
  y = y, score = s,
  slope = c(coef(slope)[[2]], coef(summary(slope))[2, 2]),
  intercept = c(coef(large)[[1]], coef(summary(large))[1, 2]),
  brier = mean((s - y)^2), brier_ci = as.numeric(t.test((s - y)^2)$conf.int)))

# Differences of paired proportions. Cells: both right, only the first, only the second, neither.
tango_z <- function(a, b, c, d, gap) {
  # The probability q of "only the first" that the data make likeliest, given that the probability
  # of "only the second" is q + gap: the root of the derivative of the multinomial likelihood.
  n <- a + b + c + d
  slope <- function(q) c * q * (1 - 2 * q - gap) + b * (q + gap) * (1 - 2 * q - gap) -
    2 * (a + d) * q * (q + gap)
  least <- max(0, -gap); most <- (1 - gap) / 2
  inside <- c(least + 1e-13, most - 1e-13)
  q <- if (slope(inside[1]) <= 0) least else if (slope(inside[2]) >= 0) most else
    uniroot(slope, inside, tol = tight)$root
  (c - b - n * gap) / sqrt(n * (2 * q + gap - gap^2))
}
tango <- function(k, conf) {
  z <- qnorm((1 + conf) / 2); n <- sum(k); middle <- (k[3] - k[2]) / n
  f <- function(gap, level) tango_z(k[1], k[2], k[3], k[4], gap) - level
  c(uniroot(f, c(-1 + 1e-9, middle), level = z, tol = tight)$root,
    uniroot(f, c(middle, 1 - 1e-9), level = -z, tol = tight)$root)
}
pairs <- list(c(30, 3, 12, 20), c(36, 12, 2, 0), c(1, 7, 1, 12), c(54, 0, 6, 0), c(43, 9, 9, 40), c(20, 12, 15, 2), c(0, 5, 4, 3))
save_as("paired_difference.json", list(
  call = "epiR::epi.conf(matrix(c(a, c, b, d), 1), ctype='prop.paired', conf.level=conf) (Newcombe's method 10, second - first); uniroot on Tango's score z, q by uniroot on the derivative of the likelihood; pnorm(z(-margin), lower.tail=FALSE)",
  cases = unlist(lapply(pairs, function(k) lapply(c(0.95, 0.9), function(conf) {
    newcombe <- epi.conf(matrix(k[c(1, 3, 2, 4)], 1), ctype = "prop.paired", conf.level = conf)
    z <- tango_z(k[1], k[2], k[3], k[4], -0.1)
    list(cells = k, confidence = conf, estimate = newcombe$est,
         newcombe = c(newcombe$lower, newcombe$upper), tango = tango(k, conf),
         margin = 0.1, z = z, p = pnorm(z, lower.tail = FALSE))
  })), recursive = FALSE)))

# Differences of proportions of different cases: count and n of the first, count and n of the second.
pairs <- list(c(38, 60, 54, 60), c(3, 19, 5, 63), c(1, 8, 9, 10), c(193, 288, 150, 288), c(0, 12, 4, 9))
save_as("unpaired.json", list(
  call = "chisq.test(m, correct=FALSE|TRUE); coin::independence_test(outcome ~ group, teststat='quadratic') (N - 1); anova(glm(m ~ group, binomial), test='LRT'); fisher.test(m)$p.value; prop.test(correct=FALSE)$conf.int (Wald); epiR::epi.conf(matrix(c(x2, n2 - x2, x1, n1 - x1), 1), ctype='prop.unpaired') (Newcombe)",
  cases = lapply(pairs, function(k) {
    m <- rbind(c(k[1], k[2] - k[1]), c(k[3], k[4] - k[3]))
    plain <- suppressWarnings(chisq.test(m, correct = FALSE))
    yates <- suppressWarnings(chisq.test(m, correct = TRUE))
    group <- factor(rep(c("first", "second"), k[c(2, 4)]))
    outcome <- factor(unlist(apply(m, 1, function(r) rep(c("yes", "no"), r), simplify = FALSE)))
    linear <- independence_test(outcome ~ group, teststat = "quadratic")
    ratio <- suppressWarnings(anova(glm(m ~ c(0, 1), family = binomial, control = list(epsilon = 1e-15, maxit = 200)), test = "LRT"))
    newcombe <- epi.conf(matrix(c(m[2, ], m[1, ]), 1), ctype = "prop.unpaired")
    list(counts = k, `chi-squared` = c(plain$statistic, plain$p.value),
         `chi-squared-corrected` = c(yates$statistic, yates$p.value),
         `chi-squared-n-1` = c(coin::statistic(linear), pvalue(linear)),
         `likelihood-ratio` = c(ratio$Deviance[2], ratio$`Pr(>Chi)`[2]),
         fisher = fisher.test(m)$p.value,
         wald = -rev(as.numeric(suppressWarnings(prop.test(k[c(1, 3)], k[c(2, 4)], correct = FALSE))$conf.int)),
         newcombe = c(newcombe$lower, newcombe$upper))
  })))

# Parts and points of a ROC curve; whole specificities of the data and others.
parts <- list(c(0.8, 1), c(0.9, 1), c(0.63, 0.91), c(0, 1), c(0.30, 0.31))
at <- c(0, 0.25, 0.5, 0.8, 0.9, 17 / 23, 1)
save_as("roc_points.json", list(
  call = "auc(roc(y, a|b, levels=c(0,1), direction='<'), partial.auc=c(high, low), partial.auc.focus=axis, partial.auc.correct=FALSE|TRUE); coords(roc, at, input=axis, ret=other)",
  y = y, a = a, b = b,
  parts = unlist(lapply(list(a = one, b = two), function(curve) unlist(lapply(parts, function(p)
    lapply(c("specificity", "sensitivity"), function(axis) {
      area <- function(correct) as.numeric(suppressWarnings(auc(curve, partial.auc = rev(p), partial.auc.focus = axis, partial.auc.correct = correct)))
      list(score = if (identical(curve, one)) "a" else "b", low = p[1], high = p[2], axis = axis, area = area(FALSE), standardised = area(TRUE))
    })), recursive = FALSE)), recursive = FALSE, use.names = FALSE),
  points = unlist(lapply(list(a = one, b = two), function(curve) unlist(lapply(at, function(x)
    lapply(list(c("specificity", "sensitivity"), c("sensitivity", "specificity")), function(axes)
      list(score = if (identical(curve, one)) "a" else "b", at = x, axis = axes[1],
           other = coords(curve, x, input = axes[1], ret = axes[2])[[1]]))), recursive = FALSE)),
    recursive = FALSE, use.names = FALSE)))

# The same quantities and the Youden point, resampled with the indices of bootstrap.json.
best <- function(y, s) {
  curve <- roc(y, s, levels = c(0, 1), direction = "<", quiet = TRUE)
  # Not coords("best"): it takes the last bit of a sum for a difference between two tied points.
  found <- coords(curve, "all", ret = c("threshold", "sensitivity", "specificity"))
  index <- round(found$sensitivity + found$specificity, 12)
  found <- found[index == max(index), ]
  found[which.max(found$specificity), ]
}
resampled <- function(d, i) {
  curve <- roc(ys[i], as[i], levels = c(0, 1), direction = "<", quiet = TRUE)
  point <- best(ys[i], as[i])
  # pROC's thresholds lie between two scores of the resample; the project's is the upper of them.
  call <- as >= min(as[i][as[i] >= point$threshold])
  elsewhere <- mean(call[ys == 1]) + mean(!call[ys == 0]) - 1
  c(as.numeric(auc(curve, partial.auc = c(1, 0.8))),
    coords(curve, 0.9, input = "specificity", ret = "sensitivity")[[1]],
    coords(curve, 0.9, input = "sensitivity", ret = "specificity")[[1]],
    point$sensitivity, point$specificity,
    point$sensitivity + point$specificity - 1 - elsewhere)
}
set.seed(7)
again <- boot(seq_along(ys), resampled, R = 399, strata = ys)
stopifnot(identical(boot.array(again, indices = TRUE), boot.array(out, indices = TRUE)))
ends <- function(k) boot.ci(again, index = k, type = "perc")$percent[4:5]
save_as("bootstrap_points.json", list(
  call = "boot(seq_along(y), pROC quantities of y[i], score[i], R=399, strata=y) with the indices of bootstrap.json: auc(partial.auc=c(1,.8)), coords(.9, 'specificity'), coords(.9, 'sensitivity'), coords('all') at the largest sum of both, highest specificity on ties; boot.ci(type='perc'); optimism: mean of Youden in the resample less Youden of its threshold in y, score",
  names = c("partial_auroc", "sensitivity_at", "specificity_at", "sensitivity", "specificity"),
  t0 = again$t0[1:5], percentile = t(sapply(1:5, ends)), optimism = mean(again$t[, 6])))

# A proportion of images of patients with one to four images each.
set.seed(11)
patient <- rep(1:14, c(1, 1, 2, 3, 1, 4, 2, 1, 1, 3, 2, 1, 4, 1))
hit <- as.integer(runif(length(patient)) < plogis(rnorm(14)[patient]))
error <- sqrt(vcovCL(lm(hit ~ 1), cluster = patient, type = "HC0", cadjust = TRUE)[1, 1])
effect <- error^2 / (mean(hit) * (1 - mean(hit)) / length(hit))
n_effective <- length(hit) / max(effect, 1)
save_as("cluster.json", list(
  call = "sqrt(sandwich::vcovCL(lm(hit ~ 1), cluster=patient, type='HC0', cadjust=TRUE)); mean(hit) +- qt(.975, patients - 1) * error; prop.test(mean(hit) * n_eff, n_eff, correct=FALSE)$conf.int with n_eff = n / (error^2 / (p (1 - p) / n))",
  hit = hit, patient = patient, error = error, effect = effect,
  interval = mean(hit) + c(-1, 1) * qt(0.975, 13) * error,
  wilson = as.numeric(prop.test(mean(hit) * n_effective, n_effective, correct = FALSE)$conf.int)))

# Predictive values: at the study's prevalence epiR, at another the delta method with R's own
# symbolic derivatives of the logits.
logits <- list(ppv = expression(log(se * p / ((1 - sp) * (1 - p)))), npv = expression(log(sp * (1 - p) / ((1 - se) * p))))
tables <- list(c(38, 22, 6, 54), c(54, 6, 20, 40), c(5, 1, 9, 54))
save_as("predictive.json", list(
  call = "epiR::epi.tests(table, method='exact') (study); plogis(logit +- qnorm(.975) * sqrt(D(logit, 'se')^2 var(se) + D(logit, 'sp')^2 var(sp))) (prevalence p); cells: true positive, false negative, false positive, true negative",
  cases = unlist(lapply(tables, function(k) lapply(c(0.05, 0.3), function(p) {
    se <- k[1] / (k[1] + k[2]); sp <- k[4] / (k[3] + k[4])
    at <- lapply(logits, function(f) {
      spread <- sqrt(eval(D(f, "se"))^2 * se * (1 - se) / (k[1] + k[2]) + eval(D(f, "sp"))^2 * sp * (1 - sp) / (k[3] + k[4]))
      plogis(eval(f) + c(0, -1, 1) * qnorm(0.975) * spread)
    })
    study <- epi.tests(matrix(c(k[1], k[2], k[3], k[4]), 2), method = "exact")$detail
    row <- function(name) as.numeric(study[study$statistic == name, c("est", "lower", "upper")])
    list(cells = k, prevalence = p, ppv = at$ppv, npv = at$npv, ppv_study = row("pv.pos"), npv_study = row("pv.neg"))
  })), recursive = FALSE)))

# Two readings of the cases of 14 patients. McNemar's test by patient: the robust score test of a
# conditional logistic regression with a stratum a case; exact: all 2^14 patterns of signs.
set.seed(23)
pair <- list(
  first = as.integer(runif(length(patient)) < plogis(0.4 + rnorm(14)[patient])),
  second = as.integer(runif(length(patient)) < plogis(1.4 + 1.5 * rnorm(14)[patient])))
long <- data.frame(right = unlist(pair), reading = rep(0:1, each = length(patient)),
                   case = rep(seq_along(patient), 2), patient = rep(patient, 2))
score <- survival::coxph(survival::Surv(rep(1, nrow(long)), right) ~ reading + strata(case),
                         data = long, cluster = patient, method = "breslow")
gap <- pair$second - pair$first
net <- tapply(gap, patient, sum)
signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), length(net))))
error <- sqrt(vcovCL(lm(gap ~ 1), cluster = patient, type = "HC0", cadjust = TRUE)[1, 1])
save_as("clustered_paired.json", c(list(
  call = "survival::coxph(Surv(1, right) ~ reading + strata(case), cluster=patient)$rscore, pchisq; mean(abs(signs %*% net) >= abs(sum(net))) of expand.grid(c(-1, 1), ...); mean(gap) +- qt(.975, patients - 1) * sqrt(sandwich::vcovCL(lm(gap ~ 1), cluster=patient, type='HC0', cadjust=TRUE))",
  patient = patient), pair, list(
  chi2 = as.numeric(score$rscore),
  asymptotic = pchisq(as.numeric(score$rscore), 1, lower.tail = FALSE),
  exact = mean(abs(signs %*% net) >= abs(sum(net))),
  interval = mean(gap) + c(-1, 1) * qt(0.975, 13) * error)))

# AUROCs of cases of which some share a patient, malignant with benign ones too: Obuchowski 1997
# by its definition, every malignant case against every benign one.
patient <- c(rep(1:9, 2)[1:17], rep(5:16, 2)[1:23])
psi <- function(s) outer(s[y == 1], s[y == 0], function(x, z) (x > z) + (x == z) / 2)
component <- function(s) {
  kernel <- psi(s); area <- mean(kernel); everyone <- sort(unique(patient))
  sums <- function(apart, whose) sapply(everyone, function(k) sum(apart[whose == k]))
  list(area = area, ill = sums(rowMeans(kernel) - area, patient[y == 1]),
       well = sums(colMeans(kernel) - area, patient[y == 0]))
}
covariance <- function(one, two) {
  m <- sum(y == 1); n <- sum(y == 0); everyone <- length(unique(patient))
  ill <- length(unique(patient[y == 1])); well <- length(unique(patient[y == 0]))
  s10 <- ill / ((ill - 1) * m) * sum(one$ill * two$ill)
  s01 <- well / ((well - 1) * n) * sum(one$well * two$well)
  s11 <- function(p, q) everyone / (everyone - 1) * sum(p$ill * q$well)
  s10 / m + s01 / n + (s11(one, two) + s11(two, one)) / (m * n)
}
parts <- list(component(a), component(b))
save_as("clustered_delong.json", list(
  call = "Obuchowski 1997 (Biometrics 53:567): S10 / m + S01 / n + 2 S11 / (m n) from outer(malignant, benign)",
  y = y, a = a, b = b, patient = patient, areas = sapply(parts, function(p) p$area),
  covariance = sapply(parts, function(p) sapply(parts, function(q) covariance(p, q)))))

# Means of few and unequal patients by the definitions, with whole matrices: CR2 and Satterthwaite's
# degrees of freedom (Bell & McCaffrey 2002), the images of a patient alike as the analysis of
# variance says. With equal patients: survey's svyciprop.
small_sample <- function(value, patient) {
  n <- length(value); hat <- matrix(1 / n, n, n); left <- diag(n) - hat
  groups <- split(seq_len(n), patient)
  power <- function(m) { e <- eigen(m, symmetric = TRUE); e$vectors %*% diag(1 / sqrt(e$values), nrow(m)) %*% t(e$vectors) }
  columns <- sapply(groups, function(g) left[, g, drop = FALSE] %*% power(left[g, g, drop = FALSE]) %*% rep(1, length(g)) / n)
  table <- anova(lm(value ~ factor(patient)))
  sizes <- lengths(groups); typical <- (n - sum(sizes^2) / n) / (length(sizes) - 1)
  between <- table[1, "Mean Sq"]; within <- table[2, "Mean Sq"]
  alike <- min(max((between - within) / (between + (typical - 1) * within), 0), 1)
  assumed <- outer(patient, patient, "==") * alike; diag(assumed) <- 1
  b <- t(columns) %*% assumed %*% columns
  list(error = sqrt(sum((t(columns) %*% value)^2)), alike = alike, degrees = sum(diag(b))^2 / sum(b^2))
}
set.seed(29)
patient <- rep(1:9, c(1, 1, 2, 3, 1, 6, 2, 1, 9))
value <- round(rnorm(9)[patient] + rnorm(length(patient)), 2)
hit <- as.integer(runif(length(patient)) < plogis(1 + 1.5 * rnorm(9)[patient]))
whose <- rep(1:8, each = 5)
equal <- as.integer(runif(40) < plogis(1.5 + rnorm(8)[whose]))
design <- survey::svydesign(ids = ~whose, weights = ~1, data = data.frame(equal, whose))
save_as("few_clusters.json", list(
  call = "matrices of Bell & McCaffrey 2002: (I - H_gg)^(-1/2) by eigen, trace(B)^2 / trace(B B) with correlation by anova(lm(value ~ patient)); survey::svyciprop(~equal, svydesign(ids=~whose), method='logit', df=7)",
  patient = patient, value = value, hit = hit, of_value = small_sample(value, patient), of_hit = small_sample(hit, patient),
  whose = whose, equal = equal, logit = as.numeric(confint(survey::svyciprop(~equal, design, method = "logit", df = 7)))))
