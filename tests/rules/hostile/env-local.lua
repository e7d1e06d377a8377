-- an environment of its own, as a local
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local _ENV = { shadowing = shadowing }
    return rule == nil
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
