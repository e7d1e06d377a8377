-- The last resort, so that no gap is left without an answer: nothing here depends on a colleague, a provider or money.

rule "own-study-module" {
  about   = "Where nothing closer suits: a module on line, tried out in your own work",
  source  = "lsis-2010",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = { "gap", "met" },
  when    = function(_, person) return given(person.no_computer ~= true, otherwise "you have no computer to learn with") end,
  recommend = function() return e_learning { priority = 30 } end,
}

rule "own-study-reading" {
  about   = "Where nothing closer suits: reading that an experienced colleague or a neighbouring school can point to",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = { "gap", "met" },
  recommend = function() return resource { priority = 25 } end,
}
