-- functions by the thousand
-- expect: fires
--* 4000 do local function f() return @ end end 

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
