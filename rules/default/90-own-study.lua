-- The last resort, so that no gap is left without an answer: nothing here depends on a colleague, a provider or money.

-- Learnt by doing, with hands, pupils or a vehicle; no module stands for it. 20-compliance.lua has its own list of duties.
local PRACTICAL = {
  ["X.FAID"] = true, ["X.PFAI"] = true, ["X.MINI"] = true, ["X.PASS"] = true, ["X.POSH"] = true, ["X.MANU"] = true, ["X.HEIG"] = true,
  ["X.COOK"] = true, ["X.SERV"] = true, ["X.KEQP"] = true, ["X.MIDD"] = true, ["X.MEAL"] = true, ["X.FLOO"] = true, ["X.GRND"] = true,
  ["X.WRKS"] = true, ["X.KILN"] = true, ["X.RADI"] = true, ["X.POOL"] = true, ["X.SPRT"] = true,
}

rule "own-study-module" {
  about   = "Where nothing closer suits: a module on line, tried out in your own work",
  source  = "lsis-2010",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = { "gap", "met" },
  when    = function(need, person)
    return given(not PRACTICAL[need.competence], otherwise "this is learnt by doing, not on a screen")
       and given(person.no_computer ~= true, otherwise "you have no computer to learn with")
  end,
  recommend = function() return e_learning { priority = 30 } end,
}

rule "own-study-practice" {
  about   = "Where nothing closer suits: this is learnt by doing, so a practical session in school or in a neighbouring one",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = { "gap", "met" },
  when    = function(need) return given(PRACTICAL[need.competence], otherwise "this can be learnt from a module or by reading") end,
  recommend = function() return inset { priority = 30 } end,
}

rule "own-study-reading" {
  about   = "Where nothing closer suits: reading that an experienced colleague or a neighbouring school can point to",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = { "gap", "met" },
  when    = function(need) return given(not PRACTICAL[need.competence], otherwise "this is learnt by doing, not by reading") end,
  recommend = function() return resource { priority = 25 } end,
}
