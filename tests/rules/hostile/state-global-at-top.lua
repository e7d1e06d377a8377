-- a global function
-- expect: fault the global name 'helper' is set
function helper() return 1 end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
