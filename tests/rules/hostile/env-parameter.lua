-- an environment as a parameter
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local function f(_ENV) return x.y end
    return f({})
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
